"""信件設定: the language of letters, which of them one wants, and the address they go to."""

from typing import Any

from allauth.account.decorators import reauthentication_required
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from tcloud.core import clock
from tcloud.core.refusals import Refusal
from tcloud.members import addresses, operations
from tcloud.members import queries as members
from tcloud.members.models import User
from tcloud.outbox import queries
from tcloud.outbox.categories import LABELS, SWITCHABLE
from tcloud.outbox.operations import new_address, preferences
from tcloud.web.ui.limits import too_many


class LettersForm(forms.Form):
    """Language, and the categories that may be switched off."""

    language = forms.ChoiceField(
        label=gettext_lazy("信件的語言"), choices=settings.LANGUAGES, widget=forms.RadioSelect
    )
    wanted = forms.MultipleChoiceField(
        label=gettext_lazy("要收的信"),
        choices=list(LABELS.items()),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )


class AddressForm(forms.Form):
    """Where letters shall go from now on."""

    email = forms.EmailField(
        label=gettext_lazy("新的信箱"),
        max_length=254,
        help_text=gettext_lazy("我們會寄驗證碼到這個信箱，輸入後才會更改。"),
        error_messages={
            "required": gettext_lazy("請填寫新的信箱。"),
            "invalid": gettext_lazy("請填寫完整的E-mail，例如name@example.com。"),
        },
        widget=forms.EmailInput(attrs={"autocomplete": "email", "inputmode": "email", "spellcheck": "false"}),
    )


class CodeForm(forms.Form):
    """The six digits from the letter."""

    code = forms.CharField(
        label=gettext_lazy("驗證碼"),
        max_length=20,
        help_text=gettext_lazy("信中的6位數字，30分鐘內有效。"),
        error_messages={"required": gettext_lazy("請輸入信中的6位數字驗證碼。")},
        widget=forms.TextInput(
            attrs={"inputmode": "numeric", "autocomplete": "one-time-code", "class": "w-10"}
        ),
    )


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101  login_required
    return request.user


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """Language and categories; what can't be switched off is listed and says why."""
    person = _person(request)
    off = queries.switched_off(person.email)
    initial = {"language": person.language, "wanted": [code for code in LABELS if code not in off]}
    form = LettersForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        operations.choose_language(person, form.cleaned_data["language"])
        preferences.choose(person.email, form.cleaned_data["wanted"], at=clock.now())
        messages.success(request, _("已儲存信件設定。"))
        return redirect("mail_settings")
    context = {"form": form, "categories": SWITCHABLE, "failing": queries.failing_address(person.email)}
    return render(request, "account/mail.html", context, status=422 if form.is_bound else 200)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@reauthentication_required(allow_get=False)
def address(request: HttpRequest) -> HttpResponse:
    """Ask for another address; a code goes there."""
    person, form = _person(request), AddressForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        if limited := too_many(request, "email_code", key=f"user/{person.pk}"):
            return limited
        try:
            operations.ask_address(
                person, form.cleaned_data["email"], by=members.actor_for(person), at=clock.now()
            )
        except Refusal as refusal:
            form.add_error("email", refusal.text())
        else:
            return redirect("mail_address_code")
    return render(request, "account/address.html", {"form": form}, status=422 if form.is_bound else 200)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def address_code(request: HttpRequest) -> HttpResponse:
    """Enter the code; then the new address counts."""
    person = _person(request)
    asked = addresses.newest(person)
    if asked is None:
        return redirect("mail_address")
    form = CodeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        if limited := too_many(request, "email_code", key=f"user/{person.pk}"):
            return limited
        try:
            new_address.confirm(
                person, form.cleaned_data["code"], by=members.actor_for(person), at=clock.now()
            )
        except Refusal as refusal:
            form.add_error("code", refusal.text())
        else:
            messages.success(request, _("已更正信箱，往後請用新的信箱登入。"))
            return redirect("mail_settings")
    context: dict[str, Any] = {"form": form, "asked": asked}
    return render(request, "account/address_code.html", context, status=422 if form.is_bound else 200)


@login_required
@require_POST
def address_works(request: HttpRequest) -> HttpResponse:
    """She says that her mailbox takes letters again; the next ones are tried."""
    preferences.works_again(_person(request).email)
    messages.success(request, _("往後的信會再寄到這個信箱。"))
    return redirect("mail_settings")
