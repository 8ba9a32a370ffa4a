"""What agents do with conversations (R-34, R-37): take, hand over, end, look at who it is; and what the clock does to them."""

from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tcloud.core import events
from tcloud.core.actors import SUPPORT, THE_SYSTEM, Actor
from tcloud.core.refusals import Refusal
from tcloud.core.transitions import advance, only, person
from tcloud.members.models import User
from tcloud.programme.models import Programme
from tcloud.support.models import ChatMessage, ChatPresence, ChatTranscript, Conversation
from tcloud.support.models.chat import fields_erased
from tcloud.support.operations.chat import append, end, locked
from tcloud.support.queries import chat as queries
from tcloud.support.queries import hours
from tcloud.support.states import CONVERSATION

Author, Notice = ChatMessage.Author, ChatMessage.Notice
BATCH: Final = 200
SEEN_EVERY: Final = timedelta(minutes=1)


@transaction.atomic(durable=True)
def take(conversation: Conversation, *, by: Actor, at: datetime) -> Conversation:
    """R-34: an agent takes a conversation that waits, or that an agent who has gone left alone; of two who press at once one does,
    the other is told who.

    Raises Refusal `chat.taken`, `transition.not_now`, `transition.not_yours`; Stale.
    """
    held = locked(conversation)
    if held.state == "ASSIGNED" and by.kind == SUPPORT:
        if held.agent_id == by.user_id:
            return held
        if not queries.is_left_alone(held, at=at):
            raise Refusal(
                "chat.taken", _("%(name)s已經接手這個對話。"), name=held.agent.name if held.agent else ""
            )
    notice, told = _first_or_next(held, at)
    changes = {"agent_id": by.user_id, "wanted_agent_id": None, "first_taken_at": held.first_taken_at or at}
    advance(held, CONVERSATION, "take", by=by, at=at, case=held.case, changes=changes, announce=False, **told)
    append(held, Author.SYSTEM, notice=notice, agent_id=by.user_id, at=at)
    _seen(person(by), at=at)  # in this transaction: who presses a moment later finds her there
    return held


def _first_or_next(held: Conversation, at: datetime) -> tuple[str, dict[str, Any]]:
    """What who asks is told when the conversation is taken now, and what the event keeps: how long she waited, or who had gone."""
    if held.state == "ASSIGNED":
        name = held.agent.name if held.agent else ""
        return Notice.TAKEN_OVER, {"from_user": held.agent_id, "from_name": name}
    return Notice.TAKEN, {"waited_seconds": round((at - held.waiting_since).total_seconds())}


@transaction.atomic(durable=True)
def hand_over(conversation: Conversation, *, to: User, note: str, by: Actor, at: datetime) -> Conversation:
    """Its agent hands the conversation over to a colleague, who finds it first in her list; should she be away, another may take it.

    Raises Refusal `chat.not_in_hand`, `chat.note_missing`, `chat.not_an_agent`; Stale.
    """
    held = _in_hand(conversation, by)
    if to.staff_role != User.StaffRole.SUPPORT or not to.is_active or to.pk == by.user_id:
        raise Refusal("chat.not_an_agent", _("請選擇另一位客服。"))
    _pass_on(held, "hand_over", Notice.HANDED_OVER, to=to, note=note, by=by, at=at)
    return held


@transaction.atomic(durable=True)
def return_to_queue(conversation: Conversation, *, note: str, by: Actor, at: datetime) -> Conversation:
    """Its agent gives the conversation back to the queue, where it keeps the place of when it was opened.

    Raises Refusal `chat.not_in_hand`, `chat.note_missing`; Stale.
    """
    held = _in_hand(conversation, by)
    _pass_on(held, "return_to_queue", Notice.RETURNED, to=None, note=note, by=by, at=at)
    return held


def _in_hand(conversation: Conversation, by: Actor) -> Conversation:
    held = locked(conversation)
    if by.kind != SUPPORT or held.state != "ASSIGNED" or held.agent_id != by.user_id:
        raise Refusal("chat.not_in_hand", _("這個對話目前不在您手上，請先接手。"))
    return held


def _pass_on(
    held: Conversation, move: str, notice: str, *, to: User | None, note: str, by: Actor, at: datetime
) -> None:
    if not note.strip():
        raise Refusal("chat.note_missing", _("請寫下交接事項，讓下一位客服接得上。"))
    changes = {
        "agent_id": None,
        "wanted_agent_id": to.pk if to else None,
        "handover_note": note.strip()[:500],
        "waiting_since": at,
    }
    told = {"to_user": to.pk, "to_name": to.name} if to else {}
    advance(held, CONVERSATION, move, by=by, at=at, case=held.case, changes=changes, announce=False, **told)
    append(held, Author.SYSTEM, notice=notice, agent_id=to.pk if to else None, at=at)


@transaction.atomic(durable=True)
def close(conversation: Conversation, *, reason: str, by: Actor, at: datetime) -> Conversation:
    """Its agent ends the conversation for one of `Conversation.Closing`. Raises Refusal `chat.not_in_hand`, `chat.reason_missing`."""
    if reason not in Conversation.Closing.values:
        raise Refusal("chat.reason_missing", _("請選擇結束的原因。"))
    held = _in_hand(conversation, by)
    end(held, "close", Notice.CLOSED, closed_as=reason, by=by, at=at)
    return held


@transaction.atomic(durable=True)
def show_details(conversation: Conversation, *, reason: str, by: Actor, at: datetime) -> None:
    """R-37: its agent records why she looks at who it is; the reason is shown in the conversation's record and in the order's.

    Raises Refusal `chat.not_in_hand`, `chat.reason_missing`.
    """
    if not reason.strip():
        raise Refusal("chat.reason_missing", _("請填寫查看資料的理由，理由會留下紀錄。"))
    held = _in_hand(conversation, by)
    said: dict[str, Any] = {"by": by, "at": at, "announce": False, "reason": reason.strip()[:200]}
    events.record("chat.details_shown", held, case=held.case, **said)
    if held.order is not None:
        events.record("chat.order_shown", held.order, case=held.order.case, chat=held.number, **said)


@transaction.atomic(durable=True)
def be_seen(*, by: Actor, at: datetime, away: bool | None = None) -> None:
    """An agent is at her desk; `away` says whether she takes conversations, None leaves that as it was."""
    only(by, SUPPORT)
    _seen(person(by), at=at, away=away)


def _seen(user_id: int, *, at: datetime, away: bool | None = None) -> None:
    row, made = ChatPresence.objects.get_or_create(user_id=user_id, defaults={"seen_at": at})
    changes: dict[str, object] = {} if away is None else {"is_away": away}
    if changes or (not made and abs(at - row.seen_at) >= SEEN_EVERY):
        ChatPresence.objects.filter(pk=row.pk).update(seen_at=at, **changes)


class _Staffed(dict[Programme, bool]):
    """Whether an edition's text support is staffed at a moment, asked once an edition."""

    def __init__(self, at: datetime) -> None:
        super().__init__()
        self.at = at

    def __missing__(self, programme: Programme) -> bool:
        self[programme] = hours.is_staffed(programme, at=self.at)
        return self[programme]


@transaction.atomic(durable=True)
def close_left_over(*, at: datetime, limit: int = BATCH) -> int:
    """R-34: when nobody is there any more, who still waits is told so, and what an agent left open falls silent and ends; a member
    whose last question nobody answered is written to either way.

    Returns how many were closed now; 0 while text support is staffed.
    """
    return _close_waiting(at=at, limit=limit) or _close_silent(at=at, limit=limit)


def _close_waiting(*, at: datetime, limit: int) -> int:
    done, staffed = 0, _Staffed(at)
    rows = queries.left_in_queue().select_for_update(skip_locked=True, of=("self",))
    for held in rows.select_related("programme")[:limit]:
        if staffed[held.programme]:
            continue
        end(
            held, "give_up", Notice.UNANSWERED, closed_as="unanswered", by=THE_SYSTEM, at=at,
            announce=held.user_id is not None,
        )  # fmt: skip
        done += 1
    return done


def _close_silent(*, at: datetime, limit: int) -> int:
    done, staffed = 0, _Staffed(at)
    rows = queries.silent(at - timedelta(minutes=1)).select_for_update(skip_locked=True, of=("self",))
    for held in rows.select_related("programme")[:limit]:
        idle = timedelta(minutes=queries.terms(held.programme).idle_minutes)
        if at - held.last_message_at < idle or staffed[held.programme]:
            continue
        end(
            held, "run_out", Notice.RAN_OUT, closed_as="ran_out", by=THE_SYSTEM, at=at,
            announce=held.user_id is not None and held.is_unanswered,
        )  # fmt: skip
        done += 1
    return done


@transaction.atomic(durable=True)
def erase_due(*, at: datetime, limit: int = BATCH) -> int:
    """R-36: what was said, the name given and the addresses go when their time has come; that there was a conversation stays.

    Returns how many conversations were erased now.
    """
    due = list(queries.to_erase(at=at).select_for_update(skip_locked=True)[:limit])
    for held in due:
        Conversation.objects.filter(pk=held.pk).update(erased_at=at, **fields_erased())
        ChatMessage.objects.filter(conversation=held).delete()
        ChatTranscript.objects.filter(conversation=held).update(email="")
        events.record("chat.erased", held, case=held.case, by=THE_SYSTEM, at=at, announce=False)
    return len(due)
