"""Letters on the way into the programme (R-07, flyer step 1)."""

from typing import Final

from django.utils.translation import gettext as _

from tcloud.core.money import points as points_words
from tcloud.eligibility import email_code
from tcloud.eligibility import queries as eligibility
from tcloud.eligibility.models import Application, Check
from tcloud.members.queries import people_of
from tcloud.outbox.letters import words
from tcloud.outbox.letters.letter import ASSESSMENT, JOIN, Composer, Letter, Link, Occasion
from tcloud.points.queries import admission


def _application(occasion: Occasion) -> Application:
    if not isinstance(occasion.subject, Application):
        raise TypeError(occasion.event.subject)
    return occasion.subject


def _who(application: Application) -> list[tuple[str, str]]:
    name = application.facts.get("name") or application.organisation
    return [(_("申請企業"), name), (_("統一編號"), application.ubn)]


def code(occasion: Occasion) -> Letter | None:
    """The six digits that prove the address; only the newest are worth sending, and only while they are valid."""
    application = _application(occasion)
    serial = int(occasion.event.data["serial"])
    ends_at = occasion.event.at + email_code.VALID_FOR
    if application.code_serial != serial or occasion.at >= ends_at or application.state == "ACTIVE":
        return None
    return Letter(
        subject=_("您的E-mail驗證碼"),
        happened=[_("您正在申請加入%(programme)s。驗證碼是：") % {"programme": words.local(application.programme, "name")}],
        code=email_code.code(application.pk, serial),
        next_steps=[
            _("請在%(until)s前，把這6位數字填入申請頁面。逾時請在頁面上重新寄送，舊的驗證碼就不能再用。")
            % {"until": words.moment(ends_at)},
            _("請不要把驗證碼告訴任何人，我們不會打電話向您詢問。如果不是您本人申請，請不必理會這封信。"),
        ],
        programme=application.programme,
    )  # fmt: skip


def eligible(occasion: Occasion) -> Letter | None:
    """R-07: every rule was met."""
    application = _application(occasion)
    if application.state != "ELIGIBLE":  # it has gone on meanwhile
        return None
    if people_of(application.ubn).exists():  # it applies again
        return Letter(
            subject=_("資格查驗通過，請完成再次申請"),
            happened=[_("貴公司符合本計畫的各項資格。")],
            facts=_who(application),
            next_steps=[
                _(
                    "請回到申請頁面，按「完成再次申請」。換了電腦或瀏覽器也沒關係，再驗證一次工商憑證就能繼續。"
                )
            ],
            link=Link(_("繼續申請"), JOIN),
            programme=application.programme,
        )
    return Letter(
        subject=_("資格查驗通過，請完成帳號啟用"),
        happened=[_("貴公司符合本計畫的各項資格。")],
        facts=_who(application),
        next_steps=[_("請回到申請頁面，填寫帳號並輸入E-mail驗證碼，完成加入。換了電腦或瀏覽器也沒關係，再驗證一次工商憑證就能繼續。")],
        link=Link(_("繼續申請"), JOIN),
        programme=application.programme,
    )  # fmt: skip


def ineligible(occasion: Occasion) -> Letter | None:
    """R-07: names each rule that was not met, with its evidence, and how to appeal."""
    application = _application(occasion)
    if application.state != "INELIGIBLE":
        return None
    reasons = [
        _reason(check)
        for check in eligibility.latest_checks(application)
        if check.outcome == Check.Outcome.FAIL
    ]
    said = str(occasion.event.data.get("reason", ""))
    if said:
        reasons = [_("承辦人員的判定理由：%(reason)s") % {"reason": said}]
    return Letter(
        subject=_("資格查驗結果：不符合"),
        happened=[_("依查驗結果，貴公司目前不符合本計畫的資格，原因如下："), *reasons],
        facts=_who(application),
        next_steps=[_("如果您認為結果有誤，或情況已經改變，請在申請頁面提出申覆並說明理由，承辦人員會重新查驗。")],
        link=Link(_("查看結果或提出申覆"), JOIN),
        programme=application.programme,
    )  # fmt: skip


def _reason(check: Check) -> str:
    sources = [str(item.get("source", "")) for item in check.evidence if isinstance(item, dict)]
    named = _("、").join(dict.fromkeys(source for source in sources if source))
    return check.sentence + (_("（資料來源：%(sources)s）") % {"sources": named} if named else "")


def in_review(occasion: Occasion) -> Letter | None:
    """R-07: a source did not answer; nobody is refused on an unknown."""
    return _under_review(
        occasion,
        subject=_("資格仍在查驗中"),
        happened=_("有些機關的資料暫時查不到，因此還不能判定資格。這不影響您的權益，我們會持續自動查詢。"),
    )


def appealed(occasion: Occasion) -> Letter | None:
    """R-07: the appeal was received."""
    return _under_review(
        occasion,
        subject=_("已收到您的申覆"),
        happened=_("我們已收到您的申覆，承辦人員會重新查驗貴公司的資格。"),
    )


def _under_review(occasion: Occasion, *, subject: str, happened: str) -> Letter | None:
    application = _application(occasion)
    if application.state != "IN_REVIEW" or application.review_due_at is None:
        return None
    return Letter(
        subject=subject,
        happened=[happened],
        facts=[
            *_who(application),
            (
                _("處理期限"),
                words.deadline(
                    application.review_due_at, at=occasion.at, county=application.programme.office_county
                ),
            ),
        ],
        next_steps=[_("您現在不需要做任何事。有結果時，我們會寄信通知您。")],
        link=Link(_("查看申請進度"), JOIN),
        programme=application.programme,
    )


def activated(occasion: Occasion) -> Letter | None:
    """Welcome: the account works (flyer step 1.6). R-13: or the company takes part again."""
    application = _application(occasion)
    again = bool(application.company and admission(application.programme, application.company) > 1)
    return Letter(
        subject=_("再次申請完成") if again else _("歡迎加入，帳號已啟用"),
        happened=[
            _("貴公司已完成再次申請，請用原來的帳號登入。")
            if again
            else _("貴公司已完成申請，成為%(programme)s的企業會員。")
            % {"programme": words.local(application.programme, "name")}
        ],
        facts=[*_who(application), (_("登入帳號"), application.contact_email)],
        next_steps=[
            _("下一步：填寫數位需求自評表，完成後即可獲得%(points)s點。")
            % {"points": points_words(application.programme.grant_points)}
        ],
        link=Link(_("填寫自評表"), ASSESSMENT),
        programme=application.programme,
    )


COMPOSERS: Final[dict[str, Composer]] = {
    "application_code": code,
    "application_eligible": eligible,
    "application_ineligible": ineligible,
    "application_in_review": in_review,
    "application_appealed": appealed,
    "application_activated": activated,
}
