"""Letters between the people of a company (invitation, draft to approve and its answer), and of a service whose term ends."""

from typing import Final

from django.utils.translation import gettext as _

from tcloud.core import money
from tcloud.members.models import Invitation
from tcloud.orders import queries as orders
from tcloud.orders.models import DraftRequest
from tcloud.outbox.letters import letter as paths
from tcloud.outbox.letters import words
from tcloud.outbox.letters.letter import Composer, Letter, Link, Occasion
from tcloud.outbox.letters.orders import OrderCase, about_order
from tcloud.points import queries as points
from tcloud.programme import queries as programmes


def invited(occasion: Occasion) -> Letter | None:
    """An owner invites a colleague; nothing is said any more once the invitation was answered or taken back."""
    invitation, programme = occasion.subject, programmes.latest()
    if not isinstance(invitation, Invitation) or programme is None:
        raise TypeError(occasion.event.subject)
    if invitation.state != "INVITED":
        return None
    said = {"person": invitation.invited_by.name, "company": invitation.company.name}
    if invitation.may_order:
        right = _("您可以準備訂單，也可以簽署並送出。")
    else:
        right = _("您可以準備訂單草稿並送請核准，由有訂購權限的同事簽署並送出。")
    return Letter(
        subject=_("%(person)s邀請您加入%(company)s的帳號") % said,
        happened=[_("%(person)s邀請您以%(company)s同事的身分使用本平台。") % said],
        facts=[(_("公司"), invitation.company.name), (_("統一編號"), invitation.company.ubn)],
        next_steps=[
            right,
            _("請在%(when)s前按下面的連結接受。不認識邀請的人，請不要理會這封信。")
            % {"when": words.moment(invitation.expires_at)},
        ],
        link=Link(_("看邀請"), paths.invitation(invitation.token)),
        programme=programme,
    )


def _facts(request: DraftRequest) -> list[tuple[str, str]]:
    order = request.order
    return [
        (_("訂單編號"), order.number),
        (_("方案"), words.local(order.plan_version, "name")),
        (_("供應商"), words.local(order.supplier, "name")),
        (_("方案價格"), money.twd(order.price_twd)),
        (_("點數折抵"), _("%(points)s點") % {"points": money.points(order.points)}),
        (_("自付款"), money.twd(order.cash_twd)),
    ]


def _request(occasion: Occasion) -> DraftRequest:
    if not isinstance(occasion.subject, DraftRequest):
        raise TypeError(occasion.event.subject)
    return occasion.subject


def asked(occasion: Occasion) -> Letter | None:
    """A colleague asks to have a draft signed and sent; nothing when that was answered or taken back meanwhile."""
    request = _request(occasion)
    if request.state != "ASKED":
        return None
    happened = [
        _("%(person)s準備了一張訂單草稿，請您核准。") % {"person": request.asked_by.name},
    ]
    if request.note:
        happened.append(_("附註：%(note)s") % {"note": request.note})
    return Letter(
        subject=_("請核准訂單草稿%(number)s") % {"number": request.order.number},
        happened=happened,
        facts=_facts(request),
        next_steps=[_("核准後，請以工商憑證簽署契約並送出訂單；也可以寫明原因退回。這時還沒有保留點數。")],
        link=Link(_("看草稿"), paths.company_order(request.order.number)),
        programme=request.order.programme,
    )


def approved(occasion: Occasion) -> Letter | None:
    """The draft was approved; what follows is done by who may order."""
    request = _request(occasion)
    said = {"number": request.order.number, "person": request.answered_by.name if request.answered_by else ""}
    return Letter(
        subject=_("訂單草稿%(number)s已核准") % said,
        happened=[_("%(person)s核准了您準備的訂單草稿。") % said],
        facts=_facts(request),
        next_steps=[_("接著由有訂購權限的同事簽署契約並送出。送出後，您會再收到通知。")],
        link=Link(_("查看訂單"), paths.company_order(request.order.number)),
        programme=request.order.programme,
    )


def returned(occasion: Occasion) -> Letter | None:
    """The draft comes back with a reason."""
    request = _request(occasion)
    said = {
        "number": request.order.number,
        "person": request.answered_by.name if request.answered_by else "",
        "reason": request.reason,
    }
    return Letter(
        subject=_("訂單草稿%(number)s被退回") % said,
        happened=[_("%(person)s退回了您準備的訂單草稿。原因：%(reason)s") % said],
        facts=_facts(request),
        next_steps=[_("您可以修改草稿後再次送請核准，或捨棄草稿。")],
        link=Link(_("看草稿"), paths.company_order(request.order.number)),
        programme=request.order.programme,
    )


def term_ending(case: OrderCase) -> Letter | None:
    """The term of a service ends soon, or has ended while nobody could write; with points or without, it is said how it goes on."""
    order = case.order
    if order.service_ends_at is None or orders.following(order).exists():
        return None
    day = {"day": words.last_day(order.service_ends_at), **case.number}
    over = case.at >= order.service_ends_at
    ended = _("訂單%(number)s的服務期間已於%(day)s結束。") % day
    if not order.programme.renewals_with_points:
        how = _("本期計畫的點數只用於新導入的服務；要繼續使用，請直接與供應商洽談續約。")
    elif points.spendable(order.programme, order.company, at=case.at) < order.programme.min_points:
        how = _("貴公司目前沒有可用的點數，不能在本平台續約；要繼續使用，請直接與供應商洽談。")
    else:
        how = _("可以用剩下的點數續約，或更換同一家供應商的其他方案；都是一張新訂單，要重新簽署契約。")
    return case.for_company(
        _("服務期間已結束：訂單%(number)s") % day if over else _("服務即將到期：訂單%(number)s") % day,
        [ended if over else _("訂單%(number)s的服務期間到%(day)s為止。") % day],
        [how, _("不續約不需要做任何事。契約結束後的資料匯出期限，請看契約。")],
        more=((_("服務期間到"), words.last_day(order.service_ends_at)),),
        label=_("續約或更換方案"),
        path=paths.renewal(order.number),
    )


COMPOSERS: Final[dict[str, Composer]] = {
    "member_invited": invited,
    "draft_request_asked": asked,
    "draft_request_approved": approved,
    "draft_request_returned": returned,
    "order_term_ending": about_order(term_ending),
}
