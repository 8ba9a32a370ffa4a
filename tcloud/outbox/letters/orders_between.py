"""Letters about what the parties of an order say to each other and what they agree to change. Whoever acted is not written to about it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from django.utils.translation import gettext as _

from tcloud.core.actors import COMPANY, OFFICER, SUPPLIER
from tcloud.orders import correspondence, words
from tcloud.orders.models import OrderMessage
from tcloud.outbox.letters.letter import (
    Composer,
    Letter,
    Link,
    company_order_changes,
    company_order_thread,
    supplier_order_changes,
    supplier_order_thread,
)
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
        named = {"author": _author(case, said.kind), **case.number}
        text = said.body if len(said.body) <= EXCERPT else f"{said.body[:EXCERPT]}…"
        happened = [_("%(author)s寫道：") % named, text]
        if files := case.event.data["files"]:
            happened.append(_("附上%(count)d個檔案。") % {"count": files})
        letter = _to(
            side,
            case,
            _("訂單%(number)s有%(author)s的新留言") % named,
            happened,
            [_("請在訂單的對話頁閱讀全文與附件並回覆，不要直接回覆這封信：往來會留在訂單的紀錄裡。")],
        )
        path = company_order_thread if side == COMPANY else supplier_order_thread
        return replace(letter, link=Link(_("閱讀並回覆"), path(case.order.number)))

    return write


def _changes(
    side: str, case: OrderCase, label: str, subject: str, happened: list[str], steps: list[str]
) -> Letter:
    """A letter whose link leads to the changes of the order."""
    path = company_order_changes if side == COMPANY else supplier_order_changes
    return replace(_to(side, case, subject, happened, steps), link=Link(label, path(case.order.number)))


def _said(case: OrderCase) -> list[str]:
    return [
        words.change(case.event.data),
        *([_("說明：%(reason)s") % {"reason": reason}] if (reason := case.event.data.get("reason")) else []),
    ]


def change_proposed(side: str) -> Writer:
    """The other party proposes a change: agree or not."""

    def write(case: OrderCase) -> Letter | None:
        if case.event.actor_kind == side:
            return None
        happened = [
            _("%(author)s提議變更訂單的約定：") % {"author": _author(case, case.event.actor_kind)},
            *_said(case),
        ]
        steps = [
            _("請到訂單頁同意，或說明原因不同意。沒有回覆之前，一切照原來的約定。"),
            _("契約、方案、價格與期限都不會因此改變。"),
        ]
        return _changes(
            side, case, _("檢視並回覆"), _("請回覆變更提議：訂單%(number)s") % case.number, happened, steps
        )

    return write


def change_agreed(side: str) -> Writer:
    """Both agreed: both get it in writing."""

    def write(case: OrderCase) -> Letter | None:
        subject = _("訂單%(number)s的變更已由雙方同意") % case.number
        happened = [_("雙方已同意下列補充約定，與契約一併保存："), words.change(case.event.data)]
        return _changes(
            side, case, _("查看補充約定"), subject, happened, [_("您不需要做任何事。契約與價格照舊。")]
        )

    return write


def change_refused(side: str) -> Writer:
    """The other party did not agree, and why; told to the one that had proposed it."""

    def write(case: OrderCase) -> Letter | None:
        if case.event.actor_kind == side:
            return None
        subject = _("對方不同意訂單%(number)s的變更") % case.number
        steps = [_("一切照原來的約定。需要時可以在訂單對話裡商量，再提出新的變更。")]
        return _changes(side, case, _("查看變更"), subject, _said(case), steps)

    return write


def change_withdrawn(side: str) -> Writer:
    """The other party took its proposal back."""

    def write(case: OrderCase) -> Letter | None:
        if case.event.actor_kind == side:
            return None
        subject = _("對方收回了訂單%(number)s的變更提議") % case.number
        return _changes(
            side, case, _("查看變更"), subject, _said(case), [_("您不需要回覆，一切照原來的約定。")]
        )

    return write


COMPOSERS: Final[dict[str, Composer]] = {
    f"{name}_{side}": about_order(make(side))
    for side in (COMPANY, SUPPLIER)
    for name, make in (
        ("message_to", message_to),
        ("change_proposed", change_proposed),
        ("change_agreed", change_agreed),
        ("change_refused", change_refused),
        ("change_withdrawn", change_withdrawn),
    )
}
