"""Letters about where a supplier takes its money: its people learn of every change."""

from typing import Final

from django.utils.translation import gettext as _

from tcloud.outbox.letters import words
from tcloud.outbox.letters.letter import SUPPLIER_ACCOUNTS, Composer, Letter, Link, Occasion
from tcloud.payments.models import PaymentAccount
from tcloud.programme import queries as programmes


def _changed(occasion: Occasion) -> Letter | None:
    account, edition = occasion.subject, programmes.latest()
    if not isinstance(account, PaymentAccount) or edition is None:
        return None
    retired = occasion.event.type == "payment_account.retired"
    return Letter(
        subject=_("收款帳戶已停用") if retired else _("收款帳戶已更新"),
        happened=[_("貴公司在雲市集的收款帳戶有變更。")],
        facts=[
            (_("方式"), str(account.get_kind_display())),
            (_("編號"), account.hint),
            (_("時間"), words.moment(occasion.event.at)),
            (_("操作人員"), occasion.event.actor_name),
        ],
        next_steps=[_("如果不是貴公司的人所為，請立刻更換密碼，並用下方的電話聯絡我們。")],
        link=Link(_("查看收款設定"), SUPPLIER_ACCOUNTS),
        programme=edition,
    )


COMPOSERS: Final[dict[str, Composer]] = {"payment_account_set": _changed, "payment_account_retired": _changed}
