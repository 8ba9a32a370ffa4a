"""會員中心: what to do next, points, latest orders, the company; and the choice of a company."""

from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from tcloud.assessment import queries as assessments
from tcloud.assessment.models import Assessment
from tcloud.core import clock
from tcloud.core.actors import COMPANY
from tcloud.core.deadlines import moment_words
from tcloud.members import queries as members
from tcloud.orders import queries as orders
from tcloud.orders.models import Obligation, Order
from tcloud.orders.searching import Wanted, narrowed
from tcloud.points import queries as points
from tcloud.points.queries import Statement
from tcloud.support.models import ExpertRequest
from tcloud.support.queries import experts
from tcloud.web.member import introductions, recommendations
from tcloud.web.member.access import MemberRequest, choose, companies_of, member_page, not_for_you, page_of
from tcloud.web.member.presentation import terms
from tcloud.web.member.presentation.timeline import own_due

LATEST = 5
# what the company itself has to do, by the state of its order
ORDER_ACTS = {
    "ACCEPTED": (_lazy("支付自付款"), _lazy("供應商已接單，請在期限內付款，逾期訂單會自動取消、點數退回。")),
    "DELIVERED": (_lazy("確認服務"), _lazy("供應商已提供服務，請確認可以使用；有問題請在期限前提出。")),
    "DRAFT": (_lazy("完成訂單"), _lazy("訂單還沒有送出，請審閱並簽署契約後送出。")),
}
MOST_TASKS = 10
URGENT = 2  # shown large, each with its one button


@member_page
@require_safe
def home(request: MemberRequest) -> HttpResponse:
    """The first page after signing in."""
    now = clock.now()
    latest = list(orders.of_company(request.company)[:LATEST])
    mine = orders.of_company(request.company).filter(state__in=ORDER_ACTS)
    waiting = list(narrowed(mine, Wanted(sort="due"), at=now)[:MOST_TASKS])
    deadlines = orders.next_deadlines(latest)
    own = orders.next_deadlines(waiting, party=COMPANY)
    statement = points.statement(request.programme, request.company, at=now)
    case = experts.open_of(request.programme, request.company)
    to_do = by_urgency(
        [
            *introductions.tasks(request),
            *tasks(request, statement, waiting, own, now=now),
            *_expert_tasks(case),
        ]
    )
    context = {
        "urgent": to_do[:URGENT],
        "tasks": to_do[URGENT:],
        "expert_case": case,
        "statement": statement,
        "place": points.place_in_line(request.programme, request.company),
        "orders": [
            {
                "order": row,
                "due": own_due(deadlines.get(row.pk)),
                "tone": terms.tone(row.state),
                "url": order_url(row),
            }
            for row in latest
        ],
        **recommendations.block(request),
        "company": request.company,
        "people": members.people_of(request.company.ubn),
        "several": len(companies_of(request.user)) > 1,
    }
    return render(request, "member/centre/home.html", context)


def order_url(order: Order) -> str:
    """The page of an order."""
    return page_of("order", order.number)


def tasks(
    request: MemberRequest,
    statement: Statement,
    waiting: list[Order],
    deadlines: dict[int, Obligation],
    *,
    now: datetime,
) -> list[dict[str, Any]]:
    """What the company can do now, the most pressing first: orders that wait for it, then assess, then choose."""
    found = [_order_task(order, deadlines.get(order.pk)) for order in waiting]
    done = assessments.of_company(request.programme, request.company)
    if not points.is_participant(request.programme, request.company):
        found.append(
            _task(_("加入會員"), _("貴公司還沒有完成本期的申請與資格查驗。"), reverse("join"), _("開始申請"))
        )
    elif points.may_apply_again(request.programme, request.company, at=now):
        text = _(
            "點數逾期未啟用，已全數收回。貴公司可以再次申請：驗證工商憑證、通過資格查驗後，重新填寫自評表。"
        )
        found.append(_task(_("再次申請點數"), text, reverse("join"), _("再次申請")))
    elif done is None or done.completed_at is None:
        text = _("填完數位需求自評表，就能獲得點數，並看到適合您的方案。")
        if done:
            text = _progress(done)
        action = _("繼續填寫") if done else _("開始自評")
        found.append(_task(_("填寫數位需求自評表"), text, reverse("assessment"), action))
    elif statement.spendable_points:
        usable = [line.grant for line in statement.lines if line.usable]
        text = _("點數可以折抵方案價格的一半，最多用到您的點數餘額。")
        task = _task(_("選購方案"), text, reverse("catalogue"), _("找方案"))
        found.append(
            task | {"due_at": min(grant.usable_until for grant in usable), "due_label": _("點數使用期限")}
        )
    return found


def by_urgency(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What has a deadline first, the nearest in front; what has none keeps its place behind. One page is one task: the first named."""
    named = {task["url"]: task for task in reversed(found)}
    once = [task for task in found if named[task["url"]] is task]
    return sorted(once, key=lambda task: (task.get("due_at") is None, task.get("due_at") or 0))


def _progress(assessment: Assessment) -> str:
    """How far a self-assessment has come, and since when it waits."""
    total = len(assessment.questionnaire.content["areas"])
    text = _("已完成%(done)s個部分，共%(total)s個。上次儲存：%(saved)s。可以用任何裝置繼續填寫。")
    complete = len(assessments.complete_areas(assessment))
    return text % {"done": complete, "total": total, "saved": moment_words(assessment.saved_at)}


def _order_task(order: Order, due: Obligation | None) -> dict[str, Any]:
    title, text = ORDER_ACTS[order.state]
    heading = _("%(act)s：%(number)s") % {"act": title, "number": order.number}
    to_pay = order.state == Order.State.ACCEPTED
    url = page_of("order_payment", order.number) if to_pay else order_url(order)
    return _task(heading, str(text), url, str(title) if to_pay else _("查看訂單")) | {
        "due_at": due.due_at if due else None,
        "county": due.county if due else "",
        "due_label": "",
    }


def _expert_tasks(case: ExpertRequest | None) -> list[dict[str, Any]]:
    """R-35: what the expert service waits for from the company."""
    if case is None or case.state not in ("PROPOSED", "REPORTED"):
        return []
    url = reverse("expert_request", args=[case.reference])
    if case.state == "PROPOSED":
        task = _task(_("選擇專家訪視時間"), _("專家提出了可訪視的時間，請選一個。"), url, _("選擇時間"))
    else:
        task = _task(_("閱讀專家報告"), _("專家報告已提出，請閱讀並回饋意見。"), url, _("看報告"))
    return [task | {"due_at": case.owed_due_at, "county": case.owed_county, "due_label": ""}]


def _task(title: str, text: str, url: str, action: str) -> dict[str, Any]:
    return {"title": title, "text": text, "url": url, "action": action}


@login_required
@never_cache
def company_choice(request: HttpRequest) -> HttpResponse:
    """Who acts for several companies says for which one now."""
    companies = companies_of(request.user)  # type: ignore[arg-type]
    if not companies:
        return not_for_you(request)
    target = request.POST.get("next", request.GET.get("next", ""))
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()):
        target = ""
    if request.method == "POST":
        company = next((one for one in companies if str(one.pk) == request.POST.get("company")), None)
        if company:
            choose(request, company)
            return HttpResponseRedirect(target) if target else redirect("member_home")
    context = {"companies": companies, "next": target, "missing": request.method == "POST"}
    return render(request, "member/centre/company_choice.html", context)
