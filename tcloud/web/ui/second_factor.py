"""Who works for the programme signs in with two factors: without the second one set up, only the page that sets it up is open."""

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from tcloud.members.models import User


def still_to_set_up(request: HttpRequest, user: User) -> HttpResponse | None:
    """The way to the page where a second factor is set up, for staff who have none while STAFF_SECOND_FACTOR is on; else None.

    Who has one was asked for it when signing in (allauth.mfa); cards sign in no staff (R-09).
    """
    if not is_missing(user):
        return None
    messages.info(request, _("辦理計畫業務的帳號須使用兩步驟驗證，請先完成設定。"))
    return redirect("mfa_activate_totp")


def is_missing(user: User) -> bool:
    """Whether this person works for the programme and has no second factor while STAFF_SECOND_FACTOR is on."""
    if not settings.STAFF_SECOND_FACTOR or not user.staff_role:
        return False
    return not get_adapter().is_mfa_enabled(user, [Authenticator.Type.TOTP])
