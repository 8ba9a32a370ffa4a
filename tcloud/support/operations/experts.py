"""R-35: a company asks for an expert, an officer assigns one, times are proposed and agreed. Every act is seen by the company."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from tcloud.core import events
from tcloud.core.actors import EXPERT, Actor
from tcloud.core.refusals import Refusal
from tcloud.core.transitions import advance, officers_only, person
from tcloud.members.models import Company, User
from tcloud.programme.models import Programme
from tcloud.support.models import ExpertRequest, ExpertSlot
from tcloud.support.models.experts import MOST_SLOTS
from tcloud.support.operations.expert_deadlines import NOTHING_OWED, Owed, begin
from tcloud.support.rules import experts as rules
from tcloud.support.states import EXPERT_REQUEST

_TRIES: Final = 20
WANTED: Final = ("areas", "description", "mode", "county", "place", "preferred_times")
Contact = Mapping[str, str]


@transaction.atomic(durable=True)
def ask(
    programme: Programme,
    company: Company,
    wanted: Mapping[str, Any],
    *,
    contact: Contact,
    by: Actor,
    at: datetime,
) -> ExpertRequest:
    """R-35: the company asks for an expert. `wanted` holds WANTED, `contact` name, email and phone.

    One request of a company is open in an edition at a time. Raises Refusal `expert.closed_edition`, `expert.open_already`,
    `calendar.missing`.
    """
    if not programme.is_open:
        raise Refusal("expert.closed_edition", _("計畫目前沒有受理新的申請，不能申請專家服務。"))
    made = ExpertRequest(
        programme=programme,
        company=company,
        created_by_id=person(by),
        created_at=at,
        contact_name=contact["name"],
        contact_email=contact["email"],
        contact_phone=contact.get("phone", ""),
        **{name: wanted[name] for name in WANTED},
    )
    for name, value in begin(made, Owed.ASSIGN, at=at).items():
        setattr(made, name, value)
    _referenced(made)
    events.record("expert.requested", made, case=made.case, by=by, at=at, areas=list(made.areas))
    return made


def _referenced(made: ExpertRequest) -> None:
    for _try in range(_TRIES):
        made.reference = rules.reference(secrets.randbelow(10**10))
        try:
            with transaction.atomic():
                made.save(force_insert=True)
            return
        except IntegrityError as error:
            if "expert_request_open_once" in str(error):
                raise Refusal(
                    "expert.open_already", _("貴公司已有一件專家服務申請正在辦理，結案後才能再申請。")
                ) from error
            if "reference" not in str(error):
                raise
    raise RuntimeError("no free reference found")


def locked(request: ExpertRequest, *, by: Actor) -> ExpertRequest:
    """The request with its row locked; an expert finds it only while it is hers. Raises Refusal `expert.not_yours`."""
    rows = ExpertRequest.objects.select_for_update(of=("self",)).select_related(
        "programme", "company", "expert"
    )
    row = rows.get(pk=request.pk)
    if by.kind == EXPERT and row.expert_id != by.user_id:
        raise Refusal("expert.not_yours", _("這件專家服務已改由其他專家辦理。"))
    return row


def _reasoned(reason: str) -> str:
    if not reason.strip():
        raise Refusal("expert.reason_missing", _("請填寫原因，企業會看到。"))
    return reason.strip()


# The officer


@transaction.atomic(durable=True)
def assign(request: ExpertRequest, expert: User, *, by: Actor, at: datetime) -> ExpertRequest:
    """R-35: an officer gives the request to an expert. Raises Refusal `expert.not_an_expert`, `transition.…`, `calendar.missing`; Stale."""
    row = locked(request, by=by)
    _check_expert(expert)
    changes = begin(row, Owed.PROPOSE, at=at) | {"expert": expert, "reason": ""}
    advance(row, EXPERT_REQUEST, "assign", by=by, at=at, case=row.case, changes=changes, expert=expert.pk, expert_name=expert.name)  # fmt: skip
    return row


@transaction.atomic(durable=True)
def reassign(request: ExpertRequest, expert: User, *, reason: str, by: Actor, at: datetime) -> ExpertRequest:
    """R-35: an officer takes the request from one expert and gives it to another: handed back, then assigned; times fall away.

    Also after a visit without a report: the new expert proposes times, visits and reports.
    Raises Refusal `expert.reason_missing`, `expert.same_expert`, `expert.not_an_expert`, `transition.…`; Stale.
    """
    row = locked(request, by=by)
    officers_only(by)
    if row.expert_id == expert.pk:
        raise Refusal("expert.same_expert", _("這件申請已經由這位專家辦理。"))
    _check_expert(expert)
    visited = row.state == "VISITED"
    _hand_back(row, _reasoned(reason), by=by, at=at, to=expert)
    changes = begin(row, Owed.PROPOSE, at=at) | {"expert": expert}
    advance(
        row, EXPERT_REQUEST, "assign", by=by, at=at, case=row.case, changes=changes,
        expert=expert.pk, expert_name=expert.name, reason=row.reason, visited=visited,
    )  # fmt: skip
    return row


def _check_expert(expert: User) -> None:
    profile = getattr(expert, "expert_profile", None)
    if (
        expert.staff_role != User.StaffRole.EXPERT
        or not expert.is_active
        or (profile and not profile.takes_cases)
    ):
        raise Refusal("expert.not_an_expert", _("這位專家目前不接案，請改選其他專家。"))


@transaction.atomic(durable=True)
def decline(request: ExpertRequest, *, reason: str, by: Actor, at: datetime) -> ExpertRequest:
    """R-35: an officer declines with a reason that the company reads. Raises Refusal `expert.reason_missing`, `transition.…`; Stale."""
    row = locked(request, by=by)
    changes = NOTHING_OWED | {"reason": _reasoned(reason), "ended_at": at}
    advance(
        row, EXPERT_REQUEST, "decline", by=by, at=at, case=row.case, changes=changes, reason=reason.strip()
    )
    return row


@transaction.atomic(durable=True)
def close_unreported(request: ExpertRequest, *, reason: str, by: Actor, at: datetime) -> ExpertRequest:
    """R-35: an officer closes a visited case whose report will not come; the company may ask anew. Raises Refusal as `decline`; Stale."""
    row = locked(request, by=by)
    changes = NOTHING_OWED | {"reason": _reasoned(reason), "ended_at": at}
    advance(row, EXPERT_REQUEST, "close_unreported", by=by, at=at, case=row.case, changes=changes, reason=reason.strip())  # fmt: skip
    return row


# The expert


@transaction.atomic(durable=True)
def hand_back(request: ExpertRequest, *, reason: str, by: Actor, at: datetime) -> ExpertRequest:
    """R-35: the expert can't take the case (any more); an officer assigns another. Raises Refusal as `decline`, `expert.not_yours`; Stale."""
    row = locked(request, by=by)
    _hand_back(row, _reasoned(reason), by=by, at=at)
    return row


def _hand_back(row: ExpertRequest, reason: str, *, by: Actor, at: datetime, to: User | None = None) -> None:
    """`to` is who gets it in the same moment; without, an officer is asked to find somebody."""
    former = row.expert
    changes = begin(row, Owed.ASSIGN, at=at) | _without_visit(row) | {"expert": None, "reason": reason}
    advance(
        row, EXPERT_REQUEST, "hand_back", by=by, at=at, case=row.case, changes=changes, reason=reason,
        expert=former.pk if former else None, expert_name=former.name if former else "", next_expert=to.pk if to else None,
    )  # fmt: skip


def _without_visit(row: ExpertRequest) -> dict[str, Any]:
    """Drop every slot of a locked request; the columns that go with it. A visit that stood in calendars gets a new sequence."""
    stood = row.slots.filter(state=ExpertSlot.State.AGREED).exists()
    row.slots.exclude(state=ExpertSlot.State.DROPPED).update(state=ExpertSlot.State.DROPPED)
    return {"remind_at": None, "calendar_sequence": row.calendar_sequence + stood}


@transaction.atomic(durable=True)
def propose(
    request: ExpertRequest, slots: Sequence[rules.Slot], *, meeting: str, by: Actor, at: datetime
) -> ExpertRequest:
    """R-35: the expert proposes one to five times, and where (`meeting`); proposed again, they replace those not yet chosen.

    Raises Refusal `expert.slots_missing`, `expert.slots_too_many`, `expert.slot_past`, `expert.slot_far`, `expert.slot_backwards`,
    `expert.slot_long`, `expert.slots_overlap`, `expert.slot_busy`, `expert.not_yours`, `transition.…`; Stale.
    """
    row = locked(request, by=by)
    _check_slots(row, slots, at=at)
    row.slots.filter(state=ExpertSlot.State.OPEN).update(state=ExpertSlot.State.DROPPED)
    changes = begin(row, Owed.ANSWER, at=at) | {
        "round": row.round + 1,
        "meeting": meeting.strip(),
        "reason": "",
    }
    told: dict[str, Any] = {"slots": [[start.isoformat(), end.isoformat()] for start, end in sorted(slots)]}
    if row.state == "PROPOSED" and by.kind == EXPERT:
        ExpertRequest.objects.filter(pk=row.pk).update(**changes, version=row.version + 1)
        events.record("expert.times_changed", row, case=row.case, by=by, at=at, **told)
        row.refresh_from_db()
    else:
        advance(row, EXPERT_REQUEST, "propose", by=by, at=at, case=row.case, changes=changes, **told)
    ExpertSlot.objects.bulk_create(
        ExpertSlot(
            request=row,
            expert_id=person(by),
            round=row.round,
            position=place,
            starts_at=start,
            ends_at=end,
        )
        for place, (start, end) in enumerate(sorted(slots), 1)
    )
    return row


_WRONG_SLOT: Final = {
    "past": _("提出的時間須在現在之後。"),
    "far": _("提出的時間須在60天之內。"),
    "backwards": _("結束時間須晚於開始時間。"),
    "long": _("一次訪視最長8小時。"),
}


def _check_slots(row: ExpertRequest, slots: Sequence[rules.Slot], *, at: datetime) -> None:
    if not slots:
        raise Refusal("expert.slots_missing", _("請至少提出一個可訪視的時間。"))
    if len(slots) > MOST_SLOTS:
        raise Refusal("expert.slots_too_many", _("一次最多提出5個時間。"))
    for slot in slots:
        if problem := rules.slot_problem(slot, at=at):
            raise Refusal(f"expert.slot_{problem}", _WRONG_SLOT[problem])
    if rules.overlapping(slots):
        raise Refusal("expert.slots_overlap", _("提出的時間互相重疊，請調整。"))
    taken = ExpertSlot.objects.filter(expert_id=row.expert_id, state=ExpertSlot.State.AGREED).exclude(
        request=row
    )
    if any(taken.filter(starts_at__lt=end, ends_at__gt=start).exists() for start, end in slots):
        raise Refusal("expert.slot_busy", _("提出的時間與您已約定的訪視重疊，請改選其他時間。"))


@transaction.atomic(durable=True)
def postpone(request: ExpertRequest, *, reason: str, by: Actor, at: datetime) -> ExpertRequest:
    """R-35: company or expert can't keep the agreed time; the expert proposes others. Raises Refusal as `decline`; Stale."""
    row = locked(request, by=by)
    changes = begin(row, Owed.PROPOSE, at=at) | _without_visit(row) | {"reason": _reasoned(reason)}
    advance(
        row, EXPERT_REQUEST, "postpone", by=by, at=at, case=row.case, changes=changes, reason=reason.strip()
    )
    return row


# The company


@transaction.atomic(durable=True)
def agree(request: ExpertRequest, slot_id: int, *, by: Actor, at: datetime) -> ExpertRequest:
    """R-35: the company chooses one of the proposed times; it becomes the visit. Chosen again, the answer is the same.

    Raises Refusal `expert.slot_gone`, `expert.slot_taken` (another company was quicker), `transition.…`, `calendar.missing`; Stale.
    """
    row = locked(request, by=by)
    slot = row.slots.filter(pk=slot_id).first()
    if slot is not None and row.state == "AGREED" and slot.state == ExpertSlot.State.AGREED:
        return row
    if slot is None or slot.state != ExpertSlot.State.OPEN or slot.starts_at <= at:
        raise Refusal("expert.slot_gone", _("這個時間已不能選擇，請改選其他時間，或請專家另提時間。"))
    changes = begin(row, Owed.VISIT, at=slot.ends_at) | {
        "remind_at": rules.remind_at(slot.starts_at, agreed_at=at),
        "calendar_sequence": row.calendar_sequence + 1,
    }
    advance(
        row, EXPERT_REQUEST, "agree", by=by, at=at, case=row.case, changes=changes,
        starts_at=slot.starts_at.isoformat(), ends_at=slot.ends_at.isoformat(),
    )  # fmt: skip
    try:
        with transaction.atomic():
            ExpertSlot.objects.filter(pk=slot.pk).update(state=ExpertSlot.State.AGREED)
    except IntegrityError as error:
        raise Refusal("expert.slot_taken", _("專家的這個時間剛被其他企業約走，請改選其他時間。")) from error
    row.slots.filter(state=ExpertSlot.State.OPEN).update(state=ExpertSlot.State.DROPPED)
    return row


@transaction.atomic(durable=True)
def ask_other_times(request: ExpertRequest, *, words: str, by: Actor, at: datetime) -> ExpertRequest:
    """R-35: none of the times suits; the company says when would. Raises Refusal `expert.reason_missing`, `transition.…`; Stale."""
    row = locked(request, by=by)
    changes = begin(row, Owed.PROPOSE, at=at) | _without_visit(row) | {"reason": _reasoned(words)}
    advance(
        row,
        EXPERT_REQUEST,
        "ask_other_times",
        by=by,
        at=at,
        case=row.case,
        changes=changes,
        reason=words.strip(),
    )
    return row


@transaction.atomic(durable=True)
def withdraw(request: ExpertRequest, *, reason: str, by: Actor, at: datetime) -> ExpertRequest:
    """R-35: the company takes its request back, before a visit; the words are its own choice. Raises Refusal `transition.…`; Stale."""
    row = locked(request, by=by)
    changes = NOTHING_OWED | _without_visit(row) | {"reason": reason.strip(), "ended_at": at}
    advance(
        row, EXPERT_REQUEST, "withdraw", by=by, at=at, case=row.case, changes=changes, reason=reason.strip()
    )
    return row
