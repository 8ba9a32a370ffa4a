"""帳號與權限: who acts for the company, invited and removed by its owner; and the page where an invitation is accepted."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from tcloud.core import clock
from tcloud.core.refusals import Refusal
from tcloud.members import operations, queries
from tcloud.members.models import Invitation, Membership, User
from tcloud.web.member.access import MemberRequest, choose, member_page
from tcloud.web.member.join_forms import AccountForm
from tcloud.web.ui.limits import too_many

METHODS = ["GET", "HEAD", "POST"]
BACKEND = "django.contrib.auth.backends.ModelBackend"


class InviteForm(forms.Form):
    """Whom to invite, and whether she may order."""

    email = forms.EmailField(
        label=gettext_lazy("同事的 E-mail"),
        max_length=254,
        error_messages={
            "required": gettext_lazy("請填寫同事的 E-mail"),
            "invalid": gettext_lazy("E-mail 格式不正確，例如 name@example.com"),
        },
        widget=forms.EmailInput(attrs={"autocomplete": "off", "inputmode": "email", "spellcheck": "false"}),
    )
    may_order = forms.BooleanField(
        label=gettext_lazy("可以訂購：簽署契約、送出、撤回與確認訂單"),
        help_text=gettext_lazy("不勾選時，同事可以準備草稿並送請核准，也可以付款與查看。"),
        required=False,
    )


class PersonForm(AccountForm):
    """The account of an invited colleague; the address is that of the invitation."""

    email = None  # type: ignore[assignment]
    name = forms.CharField(
        label=gettext_lazy("姓名"),
        max_length=60,
        error_messages={"required": gettext_lazy("請填寫姓名。")},
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )


@member_page
@require_http_methods(METHODS)
def people(request: MemberRequest) -> HttpResponse:
    """Everybody who acts for the company; a POST of the owner invites a colleague."""
    form, status = InviteForm(request.POST if request.method == "POST" else None), 200
    if request.method == "POST":
        if limited := too_many(request, "invitation", key=str(request.company.pk)):
            return limited
        if form.is_valid() and _invited(request, form):
            return redirect("people")
        status = 422
    owner = queries.is_owner(request.company, request.user.pk)
    context = {
        "form": form if owner else None,
        "owner": owner,
        "rows": queries.members_of(request.company),
        "invitations": queries.open_invitations(request.company, at=clock.now()) if owner else [],
    }
    return render(request, "member/people/list.html", context, status=status)


def _invited(request: MemberRequest, form: InviteForm) -> bool:
    said = form.cleaned_data
    try:
        operations.invite(
            request.company, email=said["email"], may_order=said["may_order"], user=request.user,
            by=request.actor, at=clock.now(),
        )  # fmt: skip
    except Refusal as refusal:
        if refusal.code != "member.already":
            raise
        form.add_error("email", refusal.text())
        return False
    messages.success(request, _("已寄出邀請給 %(email)s，7 天內有效。") % {"email": said["email"]})
    return True


@member_page
@require_POST
def right(request: MemberRequest, pk: int) -> HttpResponse:
    """Give a colleague the right to order, or take it."""
    operations.set_right(
        request.company, pk, may_order="may_order" in request.POST, by=request.actor, at=clock.now()
    )
    messages.success(request, _("已變更訂購權限。"))
    return redirect("people")


@member_page
@require_http_methods(METHODS)
def removal(request: MemberRequest, pk: int) -> HttpResponse:
    """What removing means, then the removal."""
    found = Membership.objects.filter(company=request.company, role="colleague").select_related("user")
    row = get_object_or_404(found, pk=pk)
    if request.method == "POST":
        operations.remove(request.company, pk, by=request.actor, at=clock.now())
        messages.success(request, _("已移除 %(name)s。") % {"name": row.user.name})
        return redirect("people")
    return render(request, "member/people/removal.html", {"row": row})


@member_page
@require_POST
def revocation(request: MemberRequest, pk: int) -> HttpResponse:
    """Take an invitation back."""
    operations.revoke(
        get_object_or_404(Invitation, company=request.company, pk=pk), by=request.actor, at=clock.now()
    )
    messages.success(request, _("已取消邀請。"))
    return redirect("people")


@never_cache
@require_http_methods(METHODS)
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Accept: with the account of that address, signed in; or, where there is none, by making one. The letter's link is the proof."""
    if limited := too_many(request, "invitation_page"):
        return limited
    found = queries.invitation_of(token)
    if found is None:
        raise Http404
    known = User.objects.filter(email__iexact=found.email).exists()
    form = PersonForm(request.POST if request.method == "POST" else None)
    refused = ""
    try:
        operations.check_open(found, at=clock.now())
        if request.method == "POST" and (done := _accepted(request, found, form, known=known)):
            return done
    except Refusal as refusal:
        refused = refusal.text()
    user = request.user
    context: dict[str, Any] = {
        "invitation": found,
        "known": known,
        "mine": user.is_authenticated and user.email.lower() == found.email.lower(),
        "form": form,
        "refused": refused,
    }
    status = 409 if refused else 422 if request.method == "POST" else 200
    return render(request, "member/people/invitation.html", context, status=status)


def _accepted(
    request: HttpRequest, found: Invitation, form: PersonForm, *, known: bool
) -> HttpResponse | None:
    """To the member centre when it was accepted; None when the form is to be shown again."""
    if known:
        if not isinstance(request.user, User):
            return None
        operations.accept_as(found, request.user, at=clock.now())
    else:
        if not form.is_valid():
            return None
        said = {name: form.cleaned_data[name] for name in ("name", "phone", "password")}
        try:
            user = operations.accept_as_new(
                found, **said, language=get_language() or found.language, at=clock.now()
            )
        except Refusal as refusal:
            if refusal.code != "member.password_weak":
                raise
            form.add_error("password", refusal.text())
            return None
        login(request, user, backend=BACKEND)
    choose(request, found.company)
    messages.success(request, _("您已加入 %(company)s 的帳號。") % {"company": found.company.name})
    return redirect("member_home")
