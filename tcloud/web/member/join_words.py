"""What the rules of eligibility are called on the pages, and who was asked for the evidence (R-07)."""

from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tcloud.adapters.registries.port import Why
from tcloud.eligibility.models import Check
from tcloud.web.ui.register_words import SOURCES

RULES: dict[str, Promise] = {
    "R-01": _("中小企業：實收資本額或員工人數在標準內"),
    "R-02": _("登記有效，而且沒有停業"),
    "R-03": _("沒有欠稅及重大違法情事"),
    "R-04": _("沒有執行政府計畫的重大違約紀錄"),
    "R-05": _("不是陸資企業，也不是外國營利事業在臺分公司"),
    "R-06": _("沒有獲得過經濟部相關數位轉型補助或輔導"),
}
FAILURES: dict[str, Promise] = {
    Why.TIMEOUT: _("逾時未回應"),
    Why.CONNECTION: _("無法連線"),
    Why.HTTP_STATUS: _("回應錯誤狀態"),
    Why.NOT_AUTHORISED: _("未授權本平台查詢"),
    Why.REFUSED: _("拒絕查詢"),
    Why.GARBAGE: _("回應內容無法辨識"),
    Why.TOO_LARGE: _("回應內容過大"),
    Why.CONTRADICTION: _("回應內容前後不一致"),
    Why.NO_AUTHORISATION: _("尚未取得企業的查詢授權"),
    Why.NOT_PUBLISHED: _("未公開此項資料"),
}


def shown(check: Check) -> dict[str, Any]:
    """One rule's answer for the page: its title, outcome, sentence, and each source asked with the time and what came of it."""
    return {
        "rule": check.rule,
        "title": RULES.get(check.rule, check.rule),
        "outcome": check.outcome,
        "sentence": check.sentence,
        "evidence": [
            {
                "source": SOURCES.get(item["source"], item["source"]),
                "at": datetime.fromisoformat(item["asked_at"]),
                "failure": FAILURES.get(item["failure"] or "", item["failure"] or ""),
            }
            for item in check.evidence
        ],
    }
