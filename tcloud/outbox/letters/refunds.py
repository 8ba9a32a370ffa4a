"""Letters about remittances (R-23), and refunds that the parties agree on (R-27): each to the party that did not act, what is done to both."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Final

from django.utils.translation import gettext as _

from tcloud.core import actors, money
from tcloud.orders import returning
from tcloud.outbox.letters import words
from tcloud.outbox.letters.letter import Composer, Letter
from tcloud.outbox.letters.orders import OrderCase, about_order

Write = Callable[[OrderCase, str], Letter | None]


def _to(party: str, write: Write) -> Composer:
    """The letter to one party."""
    return about_order(lambda case: write(case, party))


def _letter(
    case: OrderCase,
    party: str,
    subject: str,
    happened: list[str],
    next_steps: list[str],
    label: str,
    *,
    more: tuple[tuple[str, str], ...] = (),
) -> Letter:
    send = case.for_company if party == actors.COMPANY else case.for_supplier
    return send(subject % case.number, happened, next_steps, more=more, label=label)


def _other(case: OrderCase) -> str:
    """Who acted, as the reader knows it."""
    return case.supplier if case.event.actor_kind == actors.SUPPLIER else case.order.company.name


def proposed(case: OrderCase, party: str) -> Letter | None:
    """A proposal waits for an answer; nothing once it does not any more."""
    waiting = case.order.refund_proposals.filter(state="PROPOSED").exists()
    if case.event.actor_kind == party or not waiting:
        return None
    said = {"who": _other(case), "cash": money.twd(case.event.data["amount_twd"])}
    return _letter(
        case,
        party,
        _("請回覆退款提議：訂單%(number)s"),
        [
            _("%(who)s提議退還自付款%(cash)s。") % said,
            _("理由：%(reason)s") % {"reason": case.event.data["reason"]},
        ],
        [
            _("請在訂單頁選擇同意或不同意。您同意之前，款項和點數都不會變動。"),
            _("提議不會停止任何期限；談不攏時，企業可以提出爭議，由執行單位判定。"),
        ],
        _("回覆提議"),
    )


def refused(case: OrderCase, party: str) -> Letter | None:
    """The other said no, and why."""
    if case.event.actor_kind == party:
        return None
    return _letter(
        case,
        party,
        _("對方不同意退款：訂單%(number)s"),
        [
            _("%(who)s不同意您提議的退款。") % {"who": _other(case)},
            _("理由：%(reason)s") % {"reason": case.event.data["answer"]},
        ],
        [_("訂單照常進行。您可以提出不同的金額，或請執行單位協助。")],
        _("查看訂單"),
    )


def withdrawn(case: OrderCase, party: str) -> Letter | None:
    """The proposal is no more."""
    if case.event.actor_kind == party:
        return None
    return _letter(
        case,
        party,
        _("退款提議已收回：訂單%(number)s"),
        [_("%(who)s收回了退款提議，訂單照常進行。") % {"who": _other(case)}],
        [_("您不需要做任何事。")],
        _("查看訂單"),
    )


def _way_back(case: OrderCase, party: str) -> list[str]:
    """Who sends the part back and where to; to the company also what happens next."""
    said = returning.said(case.charge, party, amount_twd=case.event.data["amount_twd"])
    return [said, returning.company_next(case.charge)] if party == actors.COMPANY else [said]


def part_refunded(case: OrderCase, party: str) -> Letter | None:
    """A part goes back, to both; what was disputed is thereby over, the order completed."""
    said = {
        "cash": money.twd(case.event.data["amount_twd"]),
        "points": money.points(case.event.data["points"]),
    }
    by_officer = case.event.actor_kind == actors.OFFICER
    ended = case.event.data.get("ends_order")
    decided = (
        _("承辦人員判定部分退款：退還自付款%(cash)s。") if by_officer else _("雙方同意退還自付款%(cash)s。")
    )
    happened = [decided % said, _("理由：%(reason)s") % {"reason": case.event.data["reason"]}]
    if ended:
        happened += [
            _("爭議結束，訂單完成。"),
            _("依相同比例釋出%(points)s點。") % said,
            _settled(case, party),
        ]
    else:
        happened.append(_("依相同比例釋出%(points)s點，訂單以其餘金額繼續。") % said)
    invoice = (
        _("已開立的發票由供應商開立折讓單。")
        if party == actors.COMPANY
        else _("已開立的發票請開立折讓單，金額為退還的自付款加上釋出的點數。")
    )
    return _letter(
        case,
        party,
        _("訂單%(number)s部分退款，爭議結束") if ended else _("訂單%(number)s部分退款"),
        happened,
        [*_way_back(case, party), invoice],
        _("查看訂單"),
        more=case.term() if party == actors.COMPANY and ended else (),
    )


def _settled(case: OrderCase, party: str) -> str:
    """R-18: what became of the points that are left."""
    said = {"points": case.points_left}
    if party == actors.COMPANY:
        return _("%(points)s點已折抵。") % said
    return _("%(points)s點已核銷，可以請款。") % said


def transfer_stated(case: OrderCase) -> Letter | None:
    """R-23: look whether it came, by when."""
    if case.order.state != "ACCEPTED":
        return None
    said = case.event.data
    return case.for_supplier(
        _("請查對匯款：訂單%(number)s") % case.number,
        [
            _("企業表示已匯款%(cash)s到貴公司帳戶，匯出帳號末五碼%(five)s。")
            % {"cash": case.cash, "five": said["last_five"]}
        ],
        [_("查到入帳請附證明在訂單頁確認；沒有查到也請回覆。逾期沒有查對，訂單會因未付款而取消。")],
        more=(
            (_("匯款日期"), words.day(date.fromisoformat(said["paid_on"]))),
            (_("請在此之前查對"), words.latest(datetime.fromisoformat(said["answer_before"]))),
        ),
        label=_("查對匯款"),
    )


def transfer_not_found(case: OrderCase) -> Letter | None:
    """The supplier found nothing."""
    if case.order.state != "ACCEPTED":
        return None
    return case.for_company(
        _("供應商沒有查到匯款：訂單%(number)s") % case.number,
        [_("供應商表示帳戶裡沒有您的匯款。")],
        [_("請核對帳號、金額與日期，或直接聯絡供應商。付款期限不變，也可以改用其他方式付款。")],
        label=_("開啟付款頁"),
    )


def transfer_owed_back(case: OrderCase) -> Letter | None:
    """Money came that pays nothing."""
    return case.for_company(
        _("訂單%(number)s的匯款將退還") % case.number,
        [
            _("供應商收到%(cash)s，但這筆匯款逾期、重複或金額不同，不能付清訂單。")
            % {"cash": money.twd(case.event.data["amount_twd"])}
        ],
        [_("供應商須將款項匯還給您，執行單位會追蹤。兩週內沒有收到，請用下方的電話聯絡我們。")],
    )


_WRITERS: Final[dict[str, Write]] = {
    "refund_proposed": proposed,
    "refund_refused": refused,
    "refund_withdrawn": withdrawn,
    "part_refunded": part_refunded,
}
COMPOSERS: Final[dict[str, Composer]] = {
    name if party == actors.COMPANY else f"{name}_supplier": _to(party, write)
    for name, write in _WRITERS.items()
    for party in (actors.COMPANY, actors.SUPPLIER)
} | {
    "transfer_stated": about_order(transfer_stated),
    "transfer_not_found": about_order(transfer_not_found),
    "transfer_owed_back": about_order(transfer_owed_back),
}
