"""The registers and authorities that are asked, as people call them (R-07)."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tcloud.adapters.registries.port import Source

SOURCES: Final[dict[str, str | Promise]] = {
    Source.GCIS: _("經濟部商工登記資料"),
    Source.TAX_REGISTRY: _("財政部稅籍登記資料"),
    Source.LABOUR_INSURANCE: _("勞動部勞工保險局投保人數"),
    Source.TAX_ARREARS: _("稅捐稽徵機關欠稅資料"),
    Source.LAW_BREACHES: _("主管機關重大違法紀錄"),
    Source.PROJECT_DEFAULTS: _("政府計畫重大違約紀錄"),
    Source.PRC_INVESTMENT: _("陸資來臺投資事業名錄"),
    Source.SUBSIDIES: _("數位轉型補助及輔導紀錄"),
}
