"""Letters of the expert service (R-35): every step to the company, what is to be done to expert and officers."""

from datetime import datetime
from typing import Final

from django.utils.translation import gettext as _

from tcloud.core.actors import EXPERT, OFFICER, SYSTEM
from tcloud.outbox.letters import words
from tcloud.outbox.letters.expert_case import ExpertCase, Write, about_case
from tcloud.outbox.letters.letter import EXPERT_CASES, Composer, Letter, Link
from tcloud.support import words as said

# Asked and assigned


def requested(case: ExpertCase) -> Letter | None:
    """The receipt."""
    due = [(_("指派專家期限"), case.due)] if case.still("REQUESTED") else []
    return case.to_company(
        _("已收到專家服務申請%(reference)s"),
        [_("我們已收到貴公司的專家服務申請。")],
        [_("執行單位會在期限前指派專家，指派後寄信通知您。在訪視之前，您可以在案件頁撤回申請。")],
        *due,
    )


def to_assign(case: ExpertCase) -> Letter | None:
    """A request waits for an officer."""
    if not case.still("REQUESTED"):
        return None
    subject = _("請指派專家：%(reference)s")
    return case.to_office(subject, [_("有一件新的專家服務申請。")], [_("請在期限前指派專家，或附原因不受理。")], (_("指派專家期限"), case.due))  # fmt: skip


def assigned(case: ExpertCase) -> Letter | None:
    """Who comes."""
    if case.request.expert is None:
        return None
    data = case.event.data
    happened = _("%(name)s會為貴公司服務。")
    if data.get("visited"):
        happened = _("原來的專家訪視後不能提出報告，改由%(name)s為貴公司服務。")
    return case.to_company(
        _("專家已指派：%(reference)s"),
        [happened % {"name": case.expert}, case.reason if data.get("reason") else ""],
        [_("專家會提出可訪視的時間，屆時寄信請您選一個。")],
        (_("專家信箱"), case.request.expert.email),
    )


def case_given(case: ExpertCase) -> Letter | None:
    """The expert has a new case."""
    if not case.still("ASSIGNED"):
        return None
    visited = case.event.data.get("visited")
    before = _("前一位專家已訪視，但沒有提出報告；內部紀錄在案件頁。") if visited else ""
    return case.to_expert(
        _("新的專家服務案件：%(reference)s"),
        [_("執行單位指派一件專家服務給您。"), before, case.request.description],
        [_("請在期限前提出可訪視的時間。無法辦理時，請在案件頁退回並說明原因。")],
        (_("方便的時間"), case.request.preferred_times),
        (_("提出時間期限"), case.due),
    )


def declined(case: ExpertCase) -> Letter | None:
    """Not taken, and why."""
    return case.to_company(
        _("專家服務申請%(reference)s未受理"),
        [_("這件申請沒有受理。"), case.reason],
        [_("情況改變或補充說明後，可以重新申請。有疑問請用下方的電話或信箱聯絡我們。")],
    )


def declined_expert(case: ExpertCase) -> Letter | None:
    """The expert who had the case need not go on."""
    return case.to_expert(_("案件%(reference)s不受理"), [_("執行單位不受理這件申請。"), case.reason], [_("您不需要再辦理這件案件。")])  # fmt: skip


def handed_back(case: ExpertCase) -> Letter | None:
    """The company is told that somebody else comes; with a new expert found at once, that letter says it all."""
    if case.event.data.get("next_expert") or not case.still("REQUESTED"):
        return None
    return case.to_company(
        _("正在重新安排專家：%(reference)s"),
        [_("原來的專家無法辦理，我們正在為您重新安排。"), case.reason],
        [_("指派後會再寄信通知您，您現在不需要做任何事。")],
        (_("指派專家期限"), case.due),
    )


def to_reassign(case: ExpertCase) -> Letter | None:
    """A case came back to the officers."""
    if case.event.data.get("next_expert") or not case.still("REQUESTED"):
        return None
    happened = [_("%(name)s退回這件案件。") % {"name": case.event.data.get("expert_name", "")}, case.reason]
    return case.to_office(_("請改派專家：%(reference)s"), happened, [_("請在期限前改派其他專家。")], (_("指派專家期限"), case.due))  # fmt: skip


def case_taken(case: ExpertCase) -> Letter | None:
    """The former expert, when an officer gave her case to somebody else."""
    if case.event.actor_kind != OFFICER:
        return None
    link = Link(_("我的案件"), EXPERT_CASES)
    happened = [_("執行單位已將這件案件改由其他專家辦理。"), case.reason]
    facts = [(_("案件編號"), case.request.reference), (_("申請企業"), case.request.company.name)]
    step = _("原訂的訪視不必前往，請從行事曆刪除。")
    if case.event.data.get("from") == "VISITED":
        step = _("您不需要再提出報告。")
    return case.letter(_("案件%(reference)s已改派"), happened, [step], facts, link)


# Times


def times(case: ExpertCase) -> Letter | None:
    """Choose one."""
    if not case.still("PROPOSED"):
        return None
    subject = _("請選擇訪視時間：%(reference)s")
    return case.to_company(
        subject,
        [_("%(name)s提出以下時間：") % {"name": case.expert}, *said.told_spans(case.event.data)],
        [_("請在期限前到案件頁選一個。都不合適時，可以請專家另提時間。")],
        (_("地點"), case.request.meeting),
        (_("選擇時間期限"), case.due),
    )


def other_times(case: ExpertCase) -> Letter | None:
    """None suits."""
    if not case.still("ASSIGNED"):
        return None
    happened = [_("企業請您另提時間。"), case.reason]
    return case.to_expert(_("請另提訪視時間：%(reference)s"), happened, [_("請在期限前再提出可訪視的時間。")], (_("提出時間期限"), case.due))  # fmt: skip


def _when(case: ExpertCase) -> tuple[tuple[str, str], ...]:
    visit = case.visit()
    if visit is None:
        return ()
    return (
        (_("訪視時間"), said.span(visit.starts_at, visit.ends_at)),
        (_("地點"), case.request.meeting),
    )


def agreed(case: ExpertCase) -> Letter | None:
    """When and where, to the company."""
    if not case.still("AGREED"):
        return None
    steps = [
        _("請從案件頁把訪視加入行事曆。臨時不能，請儘早在案件頁改期。"),
        _("訪視前請準備目前使用的工具、表單與想問的問題。"),
    ]
    return case.to_company(_("訪視時間已約定：%(reference)s"), [_("訪視時間已約定。")], steps, *_when(case))


def agreed_expert(case: ExpertCase) -> Letter | None:
    """When and where, to the expert."""
    if not case.still("AGREED"):
        return None
    steps = [_("請從案件頁把訪視加入行事曆。訪視後請登錄結果，並在期限前提出報告。")]
    return case.to_expert(
        _("訪視時間已約定：%(reference)s"), [_("企業選定了訪視時間。")], steps, *_when(case)
    )


def postponed(case: ExpertCase) -> Letter | None:
    """The agreed time falls away, to the company."""
    by_expert = case.event.actor_kind == EXPERT
    happened = _("專家不能依約訪視，原訂時間取消。") if by_expert else _("您已取消原訂的訪視時間。")
    steps = [_("專家會再提出時間，屆時寄信請您選一個。")]
    return case.to_company(_("訪視改期：%(reference)s"), [happened, case.reason], steps)


def postponed_expert(case: ExpertCase) -> Letter | None:
    """The agreed time falls away, to the expert."""
    by_expert = case.event.actor_kind == EXPERT
    happened = _("您已取消原訂的訪視時間。") if by_expert else _("企業不能依約見面，原訂時間取消。")
    steps = [_("請在期限前再提出可訪視的時間。")]
    due = [(_("提出時間期限"), case.due)] if case.still("ASSIGNED") else []
    return case.to_expert(_("訪視改期：%(reference)s"), [happened, case.reason], steps, *due)


def missed(case: ExpertCase) -> Letter | None:
    """Somebody did not come."""
    happened = [_("%(who)s未到場。") % {"who": said.missed_by(case.event.data)}, case.reason]
    steps = [_("專家會再提出時間，屆時寄信請您選一個。內容有誤時，請用下方的電話或信箱告訴我們。")]
    return case.to_company(_("訪視未成：%(reference)s"), happened, steps)


def missed_office(case: ExpertCase) -> Letter | None:
    """The officers hear of it as well."""
    happened = [_("%(who)s未到場。") % {"who": said.missed_by(case.event.data)}, case.reason]
    return case.to_office(
        _("訪視未成：%(reference)s"), happened, [_("專家會再提出時間；需要時請聯絡雙方或改派。")]
    )


def reminder(case: ExpertCase) -> Letter | None:
    """The day before."""
    if not case.still("AGREED"):
        return None
    steps = [_("臨時不能，請儘早在案件頁改期。")]
    return case.to_company(
        _("提醒：明天專家訪視（%(reference)s）"), [_("明天有專家訪視。")], steps, *_when(case)
    )


def reminder_expert(case: ExpertCase) -> Letter | None:
    """The day before, to the expert."""
    if not case.still("AGREED"):
        return None
    steps = [_("臨時不能，請儘早在案件頁改期。")]
    return case.to_expert(
        _("提醒：明天訪視（%(reference)s）"), [_("明天您有一件專家訪視。")], steps, *_when(case)
    )


# Report and end


def visited(case: ExpertCase) -> Letter | None:
    """The visit took place; the report comes."""
    due = [(_("提出報告期限"), case.due)] if case.still("VISITED") else []
    steps = [_("專家會在期限前提出書面報告，屆時寄信通知您。如果訪視其實沒有進行，請告訴我們。")]
    return case.to_company(_("訪視已完成：%(reference)s"), [_("專家已登錄訪視完成。")], steps, *due)


def reported(case: ExpertCase) -> Letter | None:
    """Read it."""
    corrected = case.event.type == "expert.report_corrected"
    happened = _("專家更正了報告。") if corrected else _("專家已提出報告。")
    steps = [_("請到案件頁閱讀報告與附件，並回饋意見。期限內沒有回饋，案件自動結案，之後仍可以回饋。")]
    due = [(_("自動結案日"), case.due)] if case.still("REPORTED") else []
    subject = _("專家報告已更正：%(reference)s") if corrected else _("專家報告已提出：%(reference)s")
    return case.to_company(subject, [happened], steps, *due)


def closed(case: ExpertCase) -> Letter | None:
    """Closed by silence; who closed it by feedback knows."""
    if case.event.actor_kind != SYSTEM:
        return None
    happened = [_("報告提出後沒有收到回饋，案件已自動結案。")]
    steps = [_("報告保存在案件頁，隨時可以閱讀與下載，也仍可以回饋意見。")]
    return case.to_company(_("專家服務%(reference)s已結案"), happened, steps)


def unreported(case: ExpertCase) -> Letter | None:
    """The report will not come; the company may ask anew."""
    happened = [_("專家訪視後沒有提出報告，執行單位已將案件結案。"), case.reason]
    steps = [_("您可以重新申請專家服務。有疑問請用下方的電話或信箱聯絡我們。")]
    return case.to_company(_("專家服務%(reference)s無報告結案"), happened, steps)


def unreported_expert(case: ExpertCase) -> Letter | None:
    """The expert need not report any more."""
    happened = [_("執行單位已將這件案件無報告結案。"), case.reason]
    return case.to_expert(_("案件%(reference)s無報告結案"), happened, [_("您不需要再提出報告。")])


def feedback(case: ExpertCase) -> Letter | None:
    """What the company said, to the expert."""
    given = getattr(case.request, "feedback", None)
    if given is None:
        return None
    happened = [_("評分：%(score)s分（滿分5分）。") % {"score": given.score}, given.words]
    return case.to_expert(_("企業回饋：%(reference)s"), happened, [_("您不需要做任何事。")])


def withdrawn(case: ExpertCase) -> Letter | None:
    """The expert need not go."""
    steps = [_("原訂的訪視不必前往，請從行事曆刪除。")]
    return case.to_expert(_("企業撤回申請：%(reference)s"), [_("企業撤回了這件申請。"), _given(case)], steps)


def withdrawn_office(case: ExpertCase) -> Letter | None:
    """The officers need not assign."""
    steps = [_("您不需要再辦理這件案件。")]
    return case.to_office(_("企業撤回申請：%(reference)s"), [_("企業撤回了這件申請。"), _given(case)], steps)


def _given(case: ExpertCase) -> str:
    return case.reason if case.event.data.get("reason") else ""


# Late


def _still_owed(case: ExpertCase) -> bool:
    return bool(case.request.owed == case.event.data.get("owed") and case.request.owed_missed_at)


def _was_due(case: ExpertCase) -> tuple[str, str]:
    owed = said.Owed(case.event.data["owed"])
    return str(said.DEADLINES[owed]), words.last_day(datetime.fromisoformat(case.event.data["due_at"]))


def answer_awaited(case: ExpertCase) -> Letter | None:
    """The company has not chosen a time."""
    if not _still_owed(case) or case.request.owed != said.Owed.ANSWER:
        return None
    happened = [_("專家提出的時間還等您選擇。")]
    steps = [_("請到案件頁選一個時間；都不合適可以請專家另提，不再需要也可以撤回申請。")]
    return case.to_company(_("還沒選擇訪視時間：%(reference)s"), happened, steps, _was_due(case))


def late(case: ExpertCase) -> Letter | None:
    """The expert owes something."""
    if not _still_owed(case) or case.request.owed in (said.Owed.ANSWER, said.Owed.ASSIGN):
        return None
    happened = [_("這件案件已超過期限。")]
    steps = [_("請儘快辦理；無法辦理時，請在案件頁退回並說明原因。")]
    return case.to_expert(_("已逾期：%(reference)s"), happened, steps, _was_due(case))


def late_office(case: ExpertCase) -> Letter | None:
    """The officers see what is late, their own part first of all."""
    if not _still_owed(case) or case.request.owed == said.Owed.ANSWER:
        return None
    step = {
        said.Owed.ASSIGN: _("請指派專家。"),
        said.Owed.REPORT: _("請聯絡專家，需要時改派，或附原因無報告結案。"),
    }.get(said.Owed(case.request.owed), _("請聯絡專家，需要時改派。"))
    return case.to_office(
        _("專家服務已逾期：%(reference)s"), [_("這件案件已超過期限。")], [step], _was_due(case)
    )


_WRITERS: Final[dict[str, Write]] = {
    "expert_requested": requested,
    "expert_to_assign": to_assign,
    "expert_assigned": assigned,
    "expert_case_given": case_given,
    "expert_declined": declined,
    "expert_declined_expert": declined_expert,
    "expert_handed_back": handed_back,
    "expert_to_reassign": to_reassign,
    "expert_case_taken": case_taken,
    "expert_times": times,
    "expert_other_times": other_times,
    "expert_agreed": agreed,
    "expert_agreed_expert": agreed_expert,
    "expert_postponed": postponed,
    "expert_postponed_expert": postponed_expert,
    "expert_missed": missed,
    "expert_missed_office": missed_office,
    "expert_reminder": reminder,
    "expert_reminder_expert": reminder_expert,
    "expert_visited": visited,
    "expert_reported": reported,
    "expert_closed": closed,
    "expert_unreported": unreported,
    "expert_unreported_expert": unreported_expert,
    "expert_feedback": feedback,
    "expert_withdrawn": withdrawn,
    "expert_withdrawn_office": withdrawn_office,
    "expert_answer_awaited": answer_awaited,
    "expert_late": late,
    "expert_late_office": late_office,
}
COMPOSERS: Final[dict[str, Composer]] = {name: about_case(write) for name, write in _WRITERS.items()}
