"""Evidence as an officer reads it (R-07): who was asked, when, what it said, in words."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tcloud.adapters.registries.port import Why
from tcloud.eligibility.models import Check
from tcloud.web.ui.register_words import SOURCES

FAILURES: Final[dict[str, str | Promise]] = {
    Why.TIMEOUT: _("逾時沒有回應"),
    Why.CONNECTION: _("連線失敗"),
    Why.HTTP_STATUS: _("回應錯誤狀態"),
    Why.NOT_AUTHORISED: _("來源未授權本平台查詢"),
    Why.REFUSED: _("來源拒絕查詢"),
    Why.GARBAGE: _("回應內容無法判讀"),
    Why.TOO_LARGE: _("回應內容過大"),
    Why.CONTRADICTION: _("回應內容互相矛盾"),
    Why.NO_AUTHORISATION: _("企業尚未授權查詢"),
    Why.NOT_PUBLISHED: _("來源未公開這項資料"),
}


@dataclass(frozen=True)
class Item:
    """One question to one source. `said` is why nothing came, or the HTTP status."""

    source: str | Promise
    asked_at: datetime
    url: str
    said: str | Promise
    facts: dict[str, Any]
    excerpt: str


@dataclass(frozen=True)
class Finding:
    """What one rule said, with its evidence."""

    check: Check
    items: list[Item]


def findings(checks: list[Check]) -> list[Finding]:
    """The checks with their evidence in words."""
    return [Finding(check, [_item(raw) for raw in check.evidence]) for check in checks]


def _item(raw: dict[str, Any]) -> Item:
    failure = raw.get("failure")
    return Item(
        source=SOURCES.get(raw["source"], raw["source"]),
        asked_at=datetime.fromisoformat(raw["asked_at"]),
        url=raw["url"],
        said=FAILURES.get(failure, failure) if failure else f"HTTP {raw.get('http_status')}",
        facts=raw.get("facts") or {},
        excerpt=raw.get("excerpt", ""),
    )
