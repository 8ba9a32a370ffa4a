"""What kinds of letters there are: what one has to be told, and what one may switch off (docs/decisions/0030)."""

from typing import Final, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

DUTY: Final = "duty"  # orders, deadlines, money, signing, decisions, answers to what one asked: always sent
SEARCHES: Final = "searches"
CHOOSING: Final = "choosing"
REMINDERS: Final = "reminders"


class Category(NamedTuple):
    """A kind of letters that may be switched off, in words for the page of preferences."""

    code: str
    label: str | Promise
    text: str | Promise


SWITCHABLE: Final = (
    Category(SEARCHES, _("新方案"), _("您儲存的搜尋有新上架的方案時，每天最多一封信。")),
    Category(CHOOSING, _("提問、評價與分享"), _("提問或評價有新的回覆，或同事請您看方案比較。")),
    Category(REMINDERS, _("訪視提醒"), _("專家訪視前的提醒。時間與地點仍可在案件頁查看。")),
)
LABELS: Final = {category.code: category.label for category in SWITCHABLE}
