"""Addresses of the shared pages and of sign-in. Only what we use of django-allauth is reachable."""

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
from django.conf import settings
from django.urls import path, re_path
from django.views.generic import RedirectView

from tcloud.web.ui import mail_settings, notices, views
from tcloud.web.ui.accounts import PasswordResetForm, SignInForm

urlpatterns = [
    path("account/", views.after_sign_in, name="after_sign_in"),
    path("account/login/", account.LoginView.as_view(form_class=SignInForm), name="account_login"),
    path("account/logout/", account.logout, name="account_logout"),
    path("account/notices/", notices.listing, name="notices"),
    path("account/notices/reading/", notices.reading, name="notices_reading"),
    path("account/notices/<int:pk>/opening/", notices.opening, name="notice_opening"),
    path("account/mail/", mail_settings.page, name="mail_settings"),
    path("account/mail/address/", mail_settings.address, name="mail_address"),
    path("account/mail/address/code/", mail_settings.address_code, name="mail_address_code"),
    path("account/mail/address/working/", mail_settings.address_works, name="mail_address_works"),
    path("account/inactive/", account.account_inactive, name="account_inactive"),
    path("account/reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    # An account is made by joining; mails of allauth point here.
    path("account/signup/", RedirectView.as_view(pattern_name="guide"), name="account_signup"),
    path("account/password/change/", account.password_change, name="account_change_password"),
    path(
        "account/password/reset/",
        account.PasswordResetView.as_view(form_class=PasswordResetForm),
        name="account_reset_password",
    ),
    path("account/password/reset/sent/", account.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^account/password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "account/password/reset/done/",
        account.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    path("account/2fa/", mfa.index, name="mfa_index"),
    path("account/2fa/authenticate/", mfa.authenticate, name="mfa_authenticate"),
    path("account/2fa/reauthenticate/", mfa.reauthenticate, name="mfa_reauthenticate"),
    path("account/2fa/totp/activate/", totp.activate_totp, name="mfa_activate_totp"),
    path("account/2fa/totp/deactivate/", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path("account/2fa/codes/", recovery_codes.view_recovery_codes, name="mfa_view_recovery_codes"),
    path(
        "account/2fa/codes/new/", recovery_codes.generate_recovery_codes, name="mfa_generate_recovery_codes"
    ),
    path(
        "account/2fa/codes/file/", recovery_codes.download_recovery_codes, name="mfa_download_recovery_codes"
    ),
]
if settings.DEBUG or settings.TESTING:
    urlpatterns += [
        path("styleguide/", views.styleguide, name="styleguide"),
        path("styleguide/console/", views.styleguide_console, name="styleguide_console"),
        path("styleguide/error/<slug:name>/", views.error_sample, name="error_sample"),
    ]
