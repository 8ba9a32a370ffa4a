"""How django-allauth behaves here: accounts are made by joining (with a card), never by a sign-up form."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import LoginForm, ResetPasswordForm
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from tcloud.outbox.rendering import marked

QUIET = {"account/messages/logged_in.txt", "account/messages/logged_out.txt"}


class AccountAdapter(DefaultAccountAdapter):
    """No sign-up; no greeting after sign-in, the page itself shows who is signed in."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("after_sign_in")

    def format_email_subject(self, subject: str) -> str:
        return marked(subject)

    def add_message(
        self, request: HttpRequest, level: int, message_template: str | None = None, *args: Any, **kwargs: Any
    ) -> None:
        if message_template not in QUIET:
            super().add_message(request, level, message_template, *args, **kwargs)


class SignInForm(LoginForm):
    """E-mail and password, labelled in our words; the link for a forgotten password stands below the button."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _plain(self)
        self.fields["login"].label = _("電子郵件")
        self.fields["password"].label = _("密碼")
        self.fields["password"].help_text = ""
        if "remember" in self.fields:
            self.fields["remember"].label = _("在這台電腦保持登入")


class PasswordResetForm(ResetPasswordForm):
    """Where to send the link."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _plain(self)
        self.fields["email"].label = _("電子郵件")


def _plain(form: Any) -> None:
    """No placeholders: they vanish when one types, and repeat the label."""
    for field in form.fields.values():
        field.widget.attrs.pop("placeholder", None)
