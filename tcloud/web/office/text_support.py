"""文字客服時間 (R-34): closures announced and revoked by officers; the hours themselves are the edition's. Auditors read."""

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from tcloud.core import clock
from tcloud.core.actors import Actor
from tcloud.core.refusals import Refusal
from tcloud.programme import queries as programmes
from tcloud.support.models import SupportClosure
from tcloud.support.operations import hours as operations
from tcloud.support.queries import hours as queries
from tcloud.web.office.access import may_act
from tcloud.web.ui.dates import DateBoxesField

PER_PAGE = 20


class SupportClosureForm(forms.Form):
    """Some days, or some hours of one day, with the reason in both languages."""

    first = DateBoxesField(label=gettext_lazy("第一天"))
    last = DateBoxesField(
        label=gettext_lazy("最後一天"), required=False, help_text=gettext_lazy("只有一天時不必填。")
    )
    begins = forms.TimeField(
        label=gettext_lazy("開始時間"),
        required=False,
        help_text=gettext_lazy("整天暫停時不必填，例如 13:00。"),
        widget=forms.TextInput(attrs={"class": "w-10", "inputmode": "numeric"}),
        error_messages={"invalid": gettext_lazy("時間請寫成24小時制，例如 13:00。")},
    )
    ends = forms.TimeField(
        label=gettext_lazy("結束時間"),
        required=False,
        help_text=gettext_lazy("整天暫停時不必填，例如 15:30。"),
        widget=forms.TextInput(attrs={"class": "w-10", "inputmode": "numeric"}),
        error_messages={"invalid": gettext_lazy("時間請寫成24小時制，例如 15:30。")},
    )
    reason = forms.CharField(
        label=gettext_lazy("原因"),
        help_text=gettext_lazy("例如：農曆春節、系統維護。會顯示給使用者。"),
        max_length=100,
        error_messages={"required": gettext_lazy("請填寫暫停服務的原因，會顯示給使用者。")},
    )
    reason_en = forms.CharField(label=gettext_lazy("原因（英文）"), max_length=160, required=False)

    def span(self) -> tuple[datetime, datetime]:
        """From when until before when, in Taipei."""
        data: dict[str, Any] = self.cleaned_data
        last = data.get("last") or data["first"]
        begins = datetime.combine(data["first"], data.get("begins") or time.min, clock.TAIPEI)
        if ends := data.get("ends"):
            return begins, datetime.combine(last, ends, clock.TAIPEI)
        return begins, clock.start_of(last + timedelta(days=1))


@require_http_methods(["GET", "HEAD", "POST"])
def text_support_page(request: HttpRequest, by: Actor) -> HttpResponse:
    """The hours, the closures, and announcing one."""
    form, status = SupportClosureForm(request.POST) if request.method == "POST" else SupportClosureForm(), 200
    at, programme = clock.now(), programmes.latest()
    if form.is_bound and form.is_valid():
        try:
            begins, ends = form.span()
            said = {"reason": form.cleaned_data["reason"], "reason_en": form.cleaned_data["reason_en"]}
            operations.announce_closure(begins, ends, **said, by=by, at=at)
            messages.success(request, _("已公告暫停服務，聯絡我們與文字客服頁面已更新。"))
            return redirect("office_text_support")
        except Refusal as refusal:
            form.add_error(None, refusal.text())
            status = 409
    context = {
        "form": form if may_act(by) else None,
        "hours": queries.hours_of(programme) if programme else None,
        "page": Paginator(queries.closures(), PER_PAGE).get_page(request.GET.get("page")),
        "now": at,
        "may_act": may_act(by),
    }
    return render(request, "office/text_support.html", context, status=status)


@require_POST
def closure_revocation(request: HttpRequest, by: Actor, pk: int) -> HttpResponse:
    """Staffed after all."""
    closure = SupportClosure.objects.filter(pk=pk).first()
    if closure is None:
        raise Http404
    operations.revoke_closure(closure, by=by, at=clock.now())
    messages.success(request, _("已撤銷暫停服務的公告。"))
    return redirect("office_text_support")
