"""Letters about points (R-11 to R-14)."""

from datetime import datetime
from typing import Final

from django.utils.translation import gettext as _

from tcloud.core.money import points as points_words
from tcloud.outbox.letters import words
from tcloud.outbox.letters.letter import (
    JOIN,
    PLANS,
    POINTS,
    Composer,
    Letter,
    Link,
    Occasion,
    office_reversal,
)
from tcloud.points import queries
from tcloud.points.models import Grant, Reversal, WaitingEntry


def _grant(occasion: Occasion) -> Grant:
    if not isinstance(occasion.subject, Grant):
        raise TypeError(occasion.event.subject)
    return occasion.subject


def _amount(occasion: Occasion) -> str:
    return points_words(int(occasion.event.data["points"]))


def granted(occasion: Occasion) -> Letter | None:
    """R-11: the points are there; R-13, R-14: until when they must be used for the first time, and until when at all."""
    grant = _grant(occasion)
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
    if place is None:
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


def waiting_ended(occasion: Occasion) -> Letter | None:
    """R-12: the edition was closed before the company's turn came."""
    entry = occasion.subject
    if not isinstance(entry, WaitingEntry):
        raise TypeError(occasion.event.subject)
    return Letter(
        subject=_("本期計畫已結束，候補不再核發點數"),
        happened=[_("%(programme)s已結束受理，%(company)s的點數候補因此終止，很抱歉沒有輪到貴公司。")
                  % {"programme": words.local(entry.programme, "name"), "company": entry.company.name}],
        facts=[(_("完成自評時間"), words.moment(entry.completed_at))],
        next_steps=[_("貴公司沒有領到本期的點數，不影響日後參加新的計畫，請留意網站公告。")],
        link=Link(_("查看我的點數"), POINTS),
        programme=entry.programme,
    )  # fmt: skip


def expiring(occasion: Occasion) -> Letter | None:
    """R-13, R-14: in some days the points end; nothing when they have ended, or the deadline has moved on, meanwhile."""
    grant = _grant(occasion)
    said = occasion.event.data
    ends_at = datetime.fromisoformat(said["ends_at"])
    if grant.closed_as or grant.usable_until != ends_at or occasion.at >= ends_at:
        return None
    if said["kind"] == "activation":
        subject = _("%(points)s點還沒有啟用，期限：%(day)s")
        what = _("啟用期限")
        step = _(
            "請在這天結束前送出一筆使用點數的訂單，點數就算啟用。逾期沒有啟用，點數會全數收回，但可以重新申請。"
        )
    else:
        subject = _("還有%(points)s點沒有使用，期限：%(day)s")
        what = _("使用期限")
        step = _("沒有用完的點數在這天結束後收回，不能再次申請；已為訂單保留的點數不受影響。")
    amount = _amount(occasion)
    return Letter(
        subject=subject % {"points": amount, "day": words.last_day(ends_at)},
        happened=[_("%(company)s還有%(points)s點可以使用，期限快到了。") % {"company": grant.company.name, "points": amount}],
        facts=[(_("可用點數"), _("%(points)s點") % {"points": amount}), (what, words.deadline(ends_at, at=occasion.at))],
        next_steps=[step],
        link=Link(_("找方案"), PLANS),
        programme=grant.programme,
    )  # fmt: skip


def returned(occasion: Occasion) -> Letter | None:
    """R-13: not activated in time, taken back whole; the company may apply again."""
    grant = _grant(occasion)
    amount = _amount(occasion)
    return Letter(
        subject=_("%(points)s點逾期未啟用，已全數收回") % {"points": amount},
        happened=[_("%(company)s的%(points)s點在啟用期限內沒有送出使用點數的訂單，已依規定全數收回。")
                  % {"company": grant.company.name, "points": amount}],
        facts=[(_("啟用期限"), words.last_day(grant.activate_before)), (_("收回點數"), _("%(points)s點") % {"points": amount})],
        next_steps=[_("貴公司可以再次申請：用工商憑證重新驗證、通過資格查驗並填寫自評表，就能再獲得點數（以當時的預算為準）。")],
        link=Link(_("再次申請"), JOIN),
        programme=grant.programme,
    )  # fmt: skip


def expired(occasion: Occasion) -> Letter | None:
    """R-14: what was left is taken back; R-16: points of live orders stay."""
    grant = _grant(occasion)
    amount = _amount(occasion)
    return Letter(
        subject=_("點數使用期限已到，收回%(points)s點") % {"points": amount},
        happened=[_("%(company)s沒有用完的%(points)s點，在使用期限後已依規定收回。")
                  % {"company": grant.company.name, "points": amount}],
        facts=[(_("使用期限"), words.last_day(grant.expires_at)), (_("收回點數"), _("%(points)s點") % {"points": amount})],
        next_steps=[_("進行中訂單已保留的點數不受影響；訂單如果沒有成立，釋出的點數會直接收回。依規定，本期計畫不能再次申請。")],
        link=Link(_("查看我的點數"), POINTS),
        programme=grant.programme,
    )  # fmt: skip


def reversal_requested(occasion: Occasion) -> Letter | None:
    """To the officers: another than who asked has to decide; nothing when somebody has."""
    grant = _grant(occasion)
    case = Reversal.objects.filter(pk=occasion.event.data["reversal"], state="REQUESTED").first()
    if case is None:
        return None
    return Letter(
        subject=_("撤銷核發等待決定：%(company)s") % {"company": grant.company.name},
        happened=[_("%(officer)s提出撤銷%(company)s的%(points)s點，須由另一位承辦人員決定。決定前點數照常使用。")
                  % {"officer": case.requested_by.name, "company": grant.company.name, "points": points_words(grant.points)}],
        facts=[(_("理由"), case.reason), (_("提出時間"), words.moment(case.requested_at))],
        next_steps=[_("請查看這件撤銷案，同意或說明不同意的理由。")],
        link=Link(_("查看撤銷案"), office_reversal(case.pk)),
        programme=grant.programme,
    )  # fmt: skip


def reversed_(occasion: Occasion) -> Letter | None:
    """Two officers have taken the grant back; why, and whom to ask."""
    grant = _grant(occasion)
    return Letter(
        subject=_("點數核發已撤銷"),
        happened=[_("經執行單位兩位承辦人員審核，%(company)s在%(day)s獲得的%(points)s點已撤銷，還沒有使用的點數已收回。")
                  % {"company": grant.company.name, "day": words.moment(grant.granted_at), "points": points_words(grant.points)}],
        facts=[(_("理由"), str(occasion.event.data.get("reason", "")))],
        next_steps=[_("進行中訂單已保留的點數不受影響。如果您認為撤銷有誤，請洽客服專線或回覆這封信，並說明理由與佐證。")],
        link=Link(_("查看我的點數"), POINTS),
        programme=grant.programme,
    )  # fmt: skip


COMPOSERS: Final[dict[str, Composer]] = {
    "points_granted": granted,
    "points_waiting": waiting,
    "points_waiting_ended": waiting_ended,
    "points_expiring": expiring,
    "points_returned": returned,
    "points_expired": expired,
    "points_reversal_requested": reversal_requested,
    "points_reversed": reversed_,
}
