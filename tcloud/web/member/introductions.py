"""您由○○供應商介紹: what a company took up, and dropping it; where a remembered code leads back to after joining."""

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tcloud.core import clock
from tcloud.leads.models import Introduction
from tcloud.orders import operations, queries
from tcloud.web.member.access import MemberRequest, member_page
from tcloud.web.ui.lead_memory import remembered


@member_page
@require_POST
def drop(request: MemberRequest, pk: int) -> HttpResponse:
    """The company drops an introduction; back to the page where it was shown. Pressed twice, it is dropped once."""
    found = get_object_or_404(Introduction, company=request.company, pk=pk)
    operations.drop_introduction(found, by=request.actor, at=clock.now())
    back = request.POST.get("next", "")
    ours = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
    return HttpResponseRedirect(back if ours else reverse("member_home"))


def tasks(request: MemberRequest) -> list[dict[str, Any]]:
    """What waits in the member centre because of colleagues and introductions: drafts to approve, drafts returned, a code not yet used."""
    found = []
    if request.actor.may_bind:
        found += [
            _task(
                _("核准訂單草稿：%(number)s") % {"number": row.order.number},
                _("%(person)s 準備了這張草稿，等您核准或退回。") % {"person": row.asked_by.name},
                reverse("order", args=[row.order.number]),
                _("看草稿"),
            )
            for row in queries.waiting_requests(request.company)
        ]
    else:
        found += [
            _task(
                _("修改被退回的草稿：%(number)s") % {"number": row.order.number},
                _("原因：%(reason)s") % {"reason": row.reason},
                reverse("order", args=[row.order.number]),
                _("看草稿"),
            )
            for row in queries.answered_requests(request.company, request.user.pk)
        ]
    if code := remembered(request):
        title, text = _("回到供應商介紹的方案"), _("您加入前開啟了供應商的介紹代碼。")
        found.append(_task(title, text, reverse("lead", args=[code]), _("繼續")))
    return found


def _task(title: str, text: str, url: str, action: str) -> dict[str, Any]:
    return {"title": title, "text": text, "url": url, "action": action}
