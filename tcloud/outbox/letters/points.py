"""Letters about points (R-11 to R-14)."""

from typing import Final

from django.utils.translation import gettext as _

from tcloud.core.money import points as points_words
from tcloud.outbox.letters import words
from tcloud.outbox.letters.letter import PLANS, POINTS, Composer, Letter, Link, Occasion
from tcloud.points import queries
from tcloud.points.models import Grant, WaitingEntry


def granted(occasion: Occasion) -> Letter | None:
    """R-11: the points are there; R-13, R-14: until when they must be used for the first time, and until when at all."""
    grant = occasion.subject
    if not isinstance(grant, Grant):
        raise TypeError(occasion.event.subject)
    amount = points_words(grant.points)
    share = f"{grant.programme.points_share_numerator}/{grant.programme.points_share_denominator}"
    return Letter(
        subject=_("您已獲得%(points)s點") % {"points": amount},
        happened=[_("%(company)s已獲得%(points)s點。1點折抵新臺幣1元，每筆訂單最多折抵價格的%(share)s。")
                  % {"company": grant.company.name, "points": amount, "share": share}],
        facts=[
            (_("獲得點數"), _("%(points)s點") % {"points": amount}),
            (_("啟用期限"), words.deadline(grant.activate_before, at=occasion.at)),
            (_("使用期限"), words.last_day(grant.expires_at)),
        ],
        next_steps=[
            _("請在啟用期限前送出第一筆使用點數的訂單，點數就算啟用；逾期沒有啟用，點數會全數收回，但可以重新申請。"),
            _("啟用後，沒有用完的點數在使用期限後收回，不能再次申請。"),
        ],
        link=Link(_("找方案"), PLANS),
        programme=grant.programme,
    )  # fmt: skip


def waiting(occasion: Occasion) -> Letter | None:
    """R-12: the appropriation is used up; the company's place in the line."""
    entry = occasion.subject
    if not isinstance(entry, WaitingEntry):
        raise TypeError(occasion.event.subject)
    place = queries.place_in_line(entry.programme, entry.company)
    if entry.served_at or place is None:
        return None
    return Letter(
        subject=_("已列入點數候補，目前第%(place)s位") % {"place": place},
        happened=[_("您已完成自評表。本計畫的點數預算目前已核發完畢，%(company)s已依完成時間列入候補。")
                  % {"company": entry.company.name}],
        facts=[(_("候補順位"), _("第%(place)s位") % {"place": place}),
               (_("完成自評時間"), words.moment(entry.completed_at))],
        next_steps=[_("您不需要再做任何事。有點數釋出時，我們會依順位核發並寄信通知您。")],
        link=Link(_("查看我的點數"), POINTS),
        programme=entry.programme,
    )  # fmt: skip


COMPOSERS: Final[dict[str, Composer]] = {"points_granted": granted, "points_waiting": waiting}
