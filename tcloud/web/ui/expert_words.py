"""The timeline of a case of the expert service: what happened, what is owed now, what comes after (R-35)."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tcloud.core import actors
from tcloud.core.models import Event
from tcloud.support import words
from tcloud.support.models import ExpertRequest
from tcloud.support.states import ENDED

State = ExpertRequest.State
Sentence = Callable[[Event], str]
TONES: Final = {
    State.REQUESTED: "warn",
    State.ASSIGNED: "info",
    State.PROPOSED: "warn",
    State.AGREED: "info",
    State.VISITED: "info",
    State.REPORTED: "brand",
    State.CLOSED: "ok",
}
STEPS: Final = (
    gettext_lazy("申請"),
    gettext_lazy("指派專家"),
    gettext_lazy("約定時間"),
    gettext_lazy("訪視"),
    gettext_lazy("報告"),
)
_STEP_OF: Final = {
    State.REQUESTED: 2,
    State.ASSIGNED: 3,
    State.PROPOSED: 3,
    State.AGREED: 4,
    State.VISITED: 5,
    State.REPORTED: 6,
    State.CLOSED: 6,
}


def step_of(request: ExpertRequest) -> int:
    """The step of STEPS now under way, from 1; past the last when all are done; 0 for one that ended without."""
    return _STEP_OF.get(State(request.state), 0)


def _reason(event: Event) -> str:
    said = str(event.data.get("reason", "")).rstrip("。")
    return _("說明：%(reason)s") % {"reason": said} if said else ""


def _assigned(event: Event) -> str:
    return _("由%(name)s辦理。") % {"name": event.data.get("expert_name", "")}


def _times(event: Event) -> str:
    return words.joined(words.told_spans(event.data))


def _missed(event: Event) -> str:
    return _("%(who)s未到場。%(reason)s") % {"who": words.missed_by(event.data), "reason": _reason(event)}


def _closed(event: Event) -> str:
    if event.actor_kind == actors.SYSTEM:
        return _("期限內沒有回饋，案件自動結案；之後仍可以回饋。")
    return _score(event)


def _score(event: Event) -> str:
    return _("評分：%(score)s分（滿分5分）。") % {"score": event.data.get("score", "")}


def _late(event: Event) -> str:
    return str(words.DEADLINES[event.data["owed"]])


# Event type → title and sentence, as company, expert and officers see them
SENTENCES: Final[dict[str, tuple[str | Promise, Sentence | None]]] = {
    "expert.requested": (gettext_lazy("送出專家服務申請"), None),
    "expert.assigned": (gettext_lazy("指派專家"), _assigned),
    "expert.handed_back": (gettext_lazy("重新安排專家"), _reason),
    "expert.declined": (gettext_lazy("未受理"), _reason),
    "expert.times_proposed": (gettext_lazy("專家提出可訪視的時間"), _times),
    "expert.times_changed": (gettext_lazy("專家更換可訪視的時間"), _times),
    "expert.other_times_asked": (gettext_lazy("企業請專家另提時間"), _reason),
    "expert.time_agreed": (gettext_lazy("約定訪視時間"), lambda event: words.told_span(event.data)),
    "expert.visit_postponed": (gettext_lazy("訪視改期"), _reason),
    "expert.visit_missed": (gettext_lazy("訪視未成"), _missed),
    "expert.visited": (gettext_lazy("完成訪視"), None),
    "expert.reported": (gettext_lazy("專家提出報告"), None),
    "expert.report_corrected": (gettext_lazy("專家更正報告"), None),
    "expert.closed": (gettext_lazy("結案"), _closed),
    "expert.closed_unreported": (gettext_lazy("無報告結案"), _reason),
    "expert.feedback_given": (gettext_lazy("企業回饋意見"), _score),
    "expert.withdrawn": (gettext_lazy("企業撤回申請"), _reason),
    "expert.deadline_missed": (gettext_lazy("期限已過"), _late),
    "expert.deadline_moved": (gettext_lazy("期限調整"), lambda event: words.moved(event.data)),
}
STAFF_ONLY: Final[dict[str, tuple[str | Promise, Sentence | None]]] = {
    "expert.note_added": (gettext_lazy("寫下內部紀錄"), None),
    "expert.visit_reminded": (gettext_lazy("寄出訪視提醒"), None),
}
# what comes after the state that a case is in, with what it says
_LATER: Final[tuple[tuple[int, str | Promise, str | Promise], ...]] = (
    (2, gettext_lazy("指派專家"), ""),
    (3, gettext_lazy("約定訪視時間"), gettext_lazy("專家提出可訪視的時間，由企業選一個。")),
    (4, gettext_lazy("訪視"), ""),
    (5, gettext_lazy("專家提出報告"), gettext_lazy("企業會收到通知，並可以下載附件。")),
)


def entries(
    request: ExpertRequest, recorded: Sequence[Event], *, at: datetime, staff: bool = False
) -> list[dict[str, Any]]:
    """Entries for the `timeline` component, oldest first: what happened, what is owed now, what comes later."""
    sentences = SENTENCES | (STAFF_ONLY if staff else {})
    told = []
    for event in recorded:
        if event.type not in sentences:
            continue
        title, sentence = sentences[event.type]
        told.append(
            {
                "title": title,
                "state": "late" if event.type == "expert.deadline_missed" else "done",
                "when": event.at,
                "who": who(event, request),
                "text": sentence(event) if sentence else "",
            }
        )
    return [*told, *_now(request, at=at), *_later(request)]


def who(event: Event, request: ExpertRequest) -> str:
    """The party that acted, as the others know it."""
    if event.actor_kind == actors.COMPANY:
        return event.actor_name or request.company.name
    if event.actor_kind == actors.EXPERT:
        return event.actor_name or _("專家")
    return _("執行單位") if event.actor_kind == actors.OFFICER else _("系統")


def owing(request: ExpertRequest) -> str:
    """Who owes what is owed now."""
    if request.owed in (words.Owed.ANSWER, words.Owed.CLOSE):
        return request.company.name
    if request.owed == words.Owed.ASSIGN:
        return _("執行單位")
    return request.expert.name if request.expert else ""


def _now(request: ExpertRequest, *, at: datetime) -> list[dict[str, Any]]:
    if not request.owed:
        return []
    return [
        {
            "title": request.get_owed_display(),
            "state": "late" if request.is_late(at) and request.owed != words.Owed.CLOSE else "now",
            "due_at": request.owed_due_at,
            "county": request.owed_county,
            "who": owing(request),
        }
    ]


def _later(request: ExpertRequest) -> list[dict[str, Any]]:
    if request.state in ENDED:
        return []
    step = step_of(request)
    return [
        {"title": title, "state": "todo", "text": text} for number, title, text in _LATER if number > step
    ]
