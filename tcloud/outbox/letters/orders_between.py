"""Letters about what the parties of an order say to each other. Whoever acted is not written to about it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from django.utils.translation import gettext as _

from tcloud.core.actors import COMPANY, OFFICER, SUPPLIER
from tcloud.orders import correspondence
from tcloud.orders.models import OrderMessage
from tcloud.outbox.letters.letter import Composer, Letter, Link, company_order_thread, supplier_order_thread
from tcloud.outbox.letters.orders import OrderCase, about_order

EXCERPT: Final = 200  # characters; the whole of it is on the page
Writer = Callable[[OrderCase], Letter | None]


def _to(side: str, case: OrderCase, subject: str, happened: list[str], steps: list[str]) -> Letter:
    write = case.for_company if side == COMPANY else case.for_supplier
    return write(subject, happened, steps)


def _author(case: OrderCase, kind: str) -> str:
    if kind == OFFICER:
        return _("執行單位")
    return case.order.company.name if kind == COMPANY else case.supplier


def message_to(side: str) -> Writer:
    """A message of the other party, or a note of an officer; nothing once the side has had it on its page."""

    def write(case: OrderCase) -> Letter | None:
        said = OrderMessage.objects.get(pk=case.event.data["message"])
        if said.kind == side or correspondence.was_read(said.pk, case.order, side):
            return None
        words = {"author": _author(case, said.kind), **case.number}
        text = said.body if len(said.body) <= EXCERPT else f"{said.body[:EXCERPT]}…"
        happened = [_("%(author)s寫道：") % words, text]
        if files := case.event.data["files"]:
            happened.append(_("附上%(count)d個檔案。") % {"count": files})
        letter = _to(
            side,
            case,
            _("訂單%(number)s有%(author)s的新留言") % words,
            happened,
            [_("請在訂單的對話頁閱讀全文與附件並回覆，不要直接回覆這封信：往來會留在訂單的紀錄裡。")],
        )
        path = company_order_thread if side == COMPANY else supplier_order_thread
        return replace(letter, link=Link(_("閱讀並回覆"), path(case.order.number)))

    return write


COMPOSERS: Final[dict[str, Composer]] = {
    "message_to_company": about_order(message_to(COMPANY)),
    "message_to_supplier": about_order(message_to(SUPPLIER)),
}
