"""What is said of money that goes back: by how it was paid, to whom (R-27, R-30). Letters and pages take every such sentence from here."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tcloud.core import money
from tcloud.core.actors import COMPANY, OFFICER, SUPPLIER
from tcloud.orders.models import Order
from tcloud.payments import queries as payments
from tcloud.payments.models import Charge
from tcloud.payments.rules import WayBack, way_back

SAID: Final[dict[tuple[WayBack, str], str | Promise]] = {
    (WayBack.CARD, COMPANY): _("%(cash)s會由金流退回原來的信用卡，入帳時間依發卡銀行而定。"),
    (WayBack.CARD, SUPPLIER): _("%(cash)s由金流退回企業的信用卡，貴公司不需要匯款。"),
    (WayBack.CARD, OFFICER): _("%(cash)s由金流退回企業的信用卡。"),
    (WayBack.REMITTED, COMPANY): _(
        "您匯的款項在供應商的銀行帳戶，由供應商把%(cash)s匯還到您匯出的帳戶（末五碼%(five)s）。"
    ),
    (WayBack.REMITTED, SUPPLIER): _(
        "這筆錢在貴公司的銀行帳戶。請把%(cash)s全額匯還到企業匯出的帳戶（末五碼%(five)s，完整帳號請向企業聯絡人確認），再把匯款序號告訴執行單位。"
    ),
    (WayBack.REMITTED, OFFICER): _(
        "這筆錢在供應商的銀行帳戶，不在計畫的帳戶。供應商須把%(cash)s匯還到企業匯出的帳戶（末五碼%(five)s）。"
    ),
    (WayBack.SUPPLIER, COMPANY): _(
        "這種付款方式不能由金流退回。供應商會聯絡您確認收款帳戶，再把%(cash)s匯還給您。"
    ),
    (WayBack.SUPPLIER, SUPPLIER): _(
        "這筆錢付到貴公司的金流帳戶，而這種付款方式不能由金流退回。請聯絡企業確認收款帳戶，把%(cash)s全額匯還，再把匯款序號告訴執行單位。"
    ),
    (WayBack.SUPPLIER, OFFICER): _(
        "這筆錢在供應商的金流帳戶，而這種付款方式不能由金流退回。供應商須聯絡企業確認收款帳戶，把%(cash)s匯還。"
    ),
    (WayBack.OFFICE, COMPANY): _(
        "這種付款方式不能由金流退回。執行單位會聯絡您確認收款帳戶，再把%(cash)s匯還給您。"
    ),
    (WayBack.OFFICE, SUPPLIER): _("%(cash)s由執行單位匯還企業，貴公司不需要匯款。"),
    (WayBack.OFFICE, OFFICER): _(
        "這筆錢在計畫的金流帳戶，而這種付款方式不能由金流退回。請聯絡企業確認收款帳戶，把%(cash)s匯還。"
    ),
}
IN_SHORT: Final[dict[WayBack, str | Promise]] = {
    WayBack.CARD: _("信用卡由金流退回原卡。"),
    WayBack.REMITTED: _("匯款由供應商匯還到企業匯出的帳戶。"),
    WayBack.SUPPLIER: _("這種付款方式不能由金流退回，由供應商聯絡企業後匯還。"),
    WayBack.OFFICE: _("這種付款方式不能由金流退回，由執行單位聯絡企業後匯還。"),
}
_ASKED: Final = _(
    "聯絡時只會請您提供收款的帳戶，不會要您操作 ATM，也不會問密碼或卡號。匯還後，我們會再寄信通知您。"
)
COMPANY_NEXT: Final[dict[WayBack, str | Promise]] = {
    WayBack.CARD: _("您不需要做任何事。退款送出後，我們會再寄信通知您。"),
    WayBack.REMITTED: _(
        "您不需要做任何事。匯還登錄後，我們會再寄信通知您；兩週內沒有收到，請用下方的電話聯絡我們。"
    ),
    WayBack.SUPPLIER: _ASKED,
    WayBack.OFFICE: _ASKED,
}
BY_SUPPLIER: Final = (WayBack.REMITTED, WayBack.SUPPLIER)


def way_of(charge: Charge) -> WayBack:
    """How what was paid by this charge goes back."""
    return way_back(charge.method, suppliers_account=charge.account_id is not None)


def said(charge: Charge, reader: str, *, amount_twd: int | None = None) -> str:
    """Who sends back `amount_twd` of the charge (all that no part has given back when it is left out), and where to, said to `reader`."""
    cash = payments.left_twd(charge) if amount_twd is None else amount_twd
    way = way_of(charge)
    five = payments.came_from(charge.order_number) if way is WayBack.REMITTED else ""
    return str(SAID[way, reader]) % {"cash": money.twd(cash), "five": five}


def in_short(charge: Charge) -> str:
    """The same in a short sentence to anybody."""
    return str(IN_SHORT[way_of(charge)])


def company_next(charge: Charge) -> str:
    """What the company does until it is back."""
    return str(COMPANY_NEXT[way_of(charge)])


def charge_that_paid(order: Order) -> Charge | None:
    """The charge that paid the order, given back or not; None before it was paid. What came besides is another charge."""
    paid = Charge.objects.filter(order_number=order.number, paid_at=order.paid_at, paid_at__isnull=False)
    return paid.order_by("-id").first()


def of_supplier(order_number: str) -> list[str]:
    """What the order's supplier has to remit back and has not: a sentence for each sum."""
    owed = [(payments.charge_behind(row), amount) for row, amount in payments.owed_back(order_number)]
    return [
        said(charge, SUPPLIER, amount_twd=amount) for charge, amount in owed if way_of(charge) in BY_SUPPLIER
    ]
