"""Letters about accounts: a supplier learns of every change of its own, officers of a statement that does not agree."""

from typing import Final

from django.utils.translation import gettext as _

from tcloud.outbox.letters import words
from tcloud.outbox.letters.letter import SUPPLIER_ACCOUNTS, Composer, Letter, Link, Occasion, office_statement
from tcloud.payments.models import PaymentAccount, Statement
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


def _difference(occasion: Occasion) -> Letter | None:
    """R-30: to officers."""
    statement, edition = occasion.subject, programmes.latest()
    if not isinstance(statement, Statement) or edition is None:
        return None
    return Letter(
        subject=_("金流對帳有差異：%(day)s") % {"day": words.day(statement.day)},
        happened=[
            _("金流的對帳檔與本平台的紀錄有%(count)s筆不同。") % {"count": occasion.event.data["count"]}
        ],
        next_steps=[_("請逐筆查明原因並寫下說明。金流有、本平台沒有的款項，系統已再向金流查詢。")],
        link=Link(_("查看對帳"), office_statement(statement.pk)),
        programme=edition,
    )


COMPOSERS: Final[dict[str, Composer]] = {
    "payment_account_set": _changed,
    "payment_account_retired": _changed,
    "settlement_difference": _difference,
}
