"""Each grant as its company reads it: how it stands, until when, what happens then, what did happen, and what can be done (R-13 to R-16)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tcloud.core.models import Event
from tcloud.core.money import points as figure
from tcloud.points.models import Grant
from tcloud.points.queries import GrantLine

Words = str | Promise


@dataclass(frozen=True)
class Card:
    """`told` are sentences, each with the rule it follows; `reason` is an officer's; the countdown runs to `due_at`."""

    line: GrantLine
    words: Words
    tone: str
    due_at: datetime | None
    due_label: Words
    told: list[tuple[str, str]]
    reason: str
    next_url: str
    next_label: Words

    @property
    def grant(self) -> Grant:
        """The grant shown."""
        return self.line.grant


def card(line: GrantLine, ending: Event | None = None, *, may_apply_again: bool = False) -> Card:
    """The card of a grant; `ending` is the event that closed it, `may_apply_again` whether R-13 lets its company do so now."""
    grant = line.grant
    words, tone = _status(line)
    told = _closed(line) if grant.closed_as else _to_come(line) if line.usable else _over(line)
    if line.reserved_points:
        kept = _("為訂單保留的%(points)s點不受期限影響；訂單沒有完成、在期限後才退回的點數，會立即收回。")
        told.append((kept % {"points": figure(line.reserved_points)}, "R-16"))
    url, label = "", gettext_lazy("找方案")
    if line.usable and line.available_points:
        url = reverse("catalogue")
    elif grant.closed_as == Grant.Closed.UNACTIVATED and may_apply_again:
        url, label = reverse("join"), gettext_lazy("再次申請")
    reversed_ = grant.closed_as == Grant.Closed.REVERSED and ending is not None
    return Card(
        line=line,
        words=words,
        tone=tone,
        due_at=grant.usable_until if line.usable else None,
        due_label=gettext_lazy("使用期限") if grant.activated_at else gettext_lazy("啟用期限"),
        told=told,
        reason=str(ending.data.get("reason", "")) if reversed_ and ending else "",
        next_url=url,
        next_label=label,
    )


_CLOSED: dict[str, tuple[Words, str]] = {
    Grant.Closed.UNACTIVATED: (gettext_lazy("沒有啟用，已全數收回"), ""),
    Grant.Closed.EXPIRED: (gettext_lazy("已到期"), ""),
    Grant.Closed.REVERSED: (gettext_lazy("已撤銷"), "err"),
}


def _status(line: GrantLine) -> tuple[Words, str]:
    grant = line.grant
    if grant.closed_as:
        return _CLOSED.get(grant.closed_as, (grant.get_closed_as_display(), ""))
    if not line.usable:
        return gettext_lazy("已逾期"), "err"
    if grant.activated_at:
        return gettext_lazy("使用中"), "ok"
    return gettext_lazy("尚未啟用"), "warn"


def _to_come(line: GrantLine) -> list[tuple[str, str]]:
    free = {"points": figure(line.available_points)}
    if not line.grant.activated_at:
        first = (
            _("這天結束前送出一筆使用點數的訂單，就算啟用；沒有啟用，%(points)s點全數收回，可以再次申請。")
            % free
        )
        return [(first, "R-13")]
    if line.available_points:
        return [(_("這天結束時還沒有用掉的%(points)s點會收回，不得再次申請。") % free, "R-14")]
    return [(_("點數都已經折抵或為訂單保留，到期時沒有要收回的點數。"), "R-14")]


def _over(line: GrantLine) -> list[tuple[str, str]]:
    """After the deadline and before the scan has taken the points back."""
    if not line.available_points:
        return [(_("期限已過，沒有要收回的點數。"), "R-14")]
    free = {"points": figure(line.available_points)}
    if line.grant.activated_at:
        return [(_("使用期限已過，剩下的%(points)s點不能再使用，系統會收回。") % free, "R-14")]
    return [(_("啟用期限已過，%(points)s點不能再使用；系統收回後，可以再次申請。") % free, "R-13")]


def _closed(line: GrantLine) -> list[tuple[str, str]]:
    back = {"points": figure(line.taken_back_points)}
    if line.grant.closed_as == Grant.Closed.UNACTIVATED:
        return [(_("啟用期限內沒有送出使用點數的訂單，%(points)s點全數收回，可以再次申請。") % back, "R-13")]
    if line.grant.closed_as == Grant.Closed.EXPIRED:
        return [(_("使用期限已過，收回沒有用掉的%(points)s點，不得再次申請。") % back, "R-14")]
    return [(_("承辦人員撤銷這次核發，收回%(points)s點。") % back, "R-18")]


@dataclass(frozen=True)
class NextEnd:
    """The next moment at which points can no longer be used, and how many that concerns."""

    at: datetime
    points: int
    activation: bool


def next_end(lines: Sequence[GrantLine]) -> NextEnd | None:
    """When free points end next (R-13, R-14); None where there are none."""
    ends = [line for line in lines if line.usable and line.available_points]
    if not ends:
        return None
    first = min(ends, key=lambda line: line.grant.usable_until)
    at = first.grant.usable_until
    amount = sum(line.available_points for line in ends if line.grant.usable_until == at)
    return NextEnd(at, amount, activation=first.grant.activated_at is None)
