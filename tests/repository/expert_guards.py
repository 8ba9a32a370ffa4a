"""What the database guards of the expert service, and the ways to break it (R-35)."""

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from django.db.models import Model

from tcloud.programme.models import Programme
from tcloud.support.models import (
    ExpertFeedback,
    ExpertFile,
    ExpertNote,
    ExpertProfile,
    ExpertReport,
    ExpertSlot,
)
from tests import factories
from tests.factories import NOW
from tests.repository.rows import again, change, drop
from tests.support import expert_scene as scene


def rows(edition: Programme) -> dict[str, Model]:
    """A case with an agreed visit, and the same with a report; what else there is to guard is put in by hand."""
    case, adviser = scene.agreed(edition=edition), ExpertProfile.objects.get().user
    note = ExpertNote.objects.create(request=case, author=adviser, text="x", at=NOW)
    report = ExpertReport.objects.create(
        request=case, number=1, author=adviser, findings="f", advice="a", at=NOW
    )
    return {
        "spare_company": factories.company(),
        "expert_profile": ExpertProfile.objects.get(),
        "expert_request": case,
        "other_request": scene.assigned(edition=edition, to=adviser),
        "slot": ExpertSlot.objects.get(state="agreed"),
        "dropped_slot": ExpertSlot.objects.filter(state="dropped").first(),
        "expert_note": note,
        "expert_report": report,
        "expert_file": ExpertFile.objects.create(
            report=report, name="a.pdf", media_type="application/pdf", content=b"x", size=1, sha256="0" * 64
        ),
        "expert_feedback": ExpertFeedback.objects.create(request=case, author=adviser, score=3, at=NOW),
    }


def _asked(w: SimpleNamespace, **changes: Any) -> None:
    """Insert another company's request that would be good, but for the changes."""
    fresh = {"reference": "EX1", "state": "REQUESTED", "expert_id": None, "company_id": w.spare_company.pk}
    again(w.expert_request, **fresh | changes)


# guard → the ways to break it
TRIES: dict[str, list[Callable[[SimpleNamespace], None]]] = {
    "expert_profile_of_known_areas": [lambda w: change(w.expert_profile, areas=["cooking"])],
    "expert_profile_of_known_counties": [lambda w: change(w.expert_profile, counties=["台北市"])],
    "expert_request_open_once": [
        lambda w: again(w.expert_request, reference="EX1", state="REQUESTED", expert_id=None)
    ],
    "expert_request_asks_for_something": [
        lambda w: _asked(w, description=""),
        lambda w: _asked(w, areas=[]),
        lambda w: _asked(w, areas=["cooking"]),
    ],
    "expert_request_in_a_known_place": [
        lambda w: change(w.expert_request, county=""),
        lambda w: change(w.expert_request, county="台北市"),
        lambda w: change(w.expert_request, mode="online"),
    ],
    "expert_request_has_its_expert": [lambda w: change(w.expert_request, expert=None)],
    "expert_request_owes_by_its_length": [
        lambda w: change(w.expert_request, owed=""),
        lambda w: change(w.expert_request, owed_due_at=None),
        lambda w: change(w.expert_request, owed_working_days=0),
    ],
    "expert_request_stays_the_companys": [
        lambda w: change(w.expert_request, company=w.spare_company),
        lambda w: change(w.expert_request, reference="EX1"),
        lambda w: change(w.expert_request, description="x"),
    ],
    "expert_request_kept": [lambda w: drop(w.expert_request)],
    "expert_slot_lasts": [lambda w: again(w.slot, position=3, state="open", ends_at=w.slot.starts_at)],
    "expert_slot_among_the_few": [
        lambda w: again(w.slot, position=0, state="open"),
        lambda w: again(w.slot, position=6, state="open"),
    ],
    "expert_slot_once": [lambda w: again(w.slot, state="open")],
    "expert_slot_agreed_once": [
        lambda w: again(
            w.slot, position=3, starts_at=w.slot.ends_at, ends_at=w.slot.ends_at + timedelta(hours=1)
        )
    ],
    "expert_visits_never_overlap": [lambda w: again(w.slot, position=3, request_id=w.other_request.pk)],
    "expert_slot_stays_when_it_is": [
        lambda w: change(w.slot, starts_at=NOW),
        lambda w: change(w.slot, expert=w.user),
    ],
    "expert_slot_dropped_for_good": [lambda w: change(w.dropped_slot, state="open")],
    "expert_note_says_something": [lambda w: again(w.expert_note, text="")],
    "expert_note_append_only": [lambda w: change(w.expert_note, text="x"), lambda w: drop(w.expert_note)],
    "expert_report_version_once": [lambda w: again(w.expert_report)],
    "expert_report_says_something": [
        lambda w: again(w.expert_report, number=2, findings=""),
        lambda w: again(w.expert_report, number=2, advice=""),
    ],
    "expert_report_append_only": [
        lambda w: change(w.expert_report, advice="x"),
        lambda w: drop(w.expert_report),
    ],
    "expert_file_once": [lambda w: again(w.expert_file)],
    "expert_file_append_only": [lambda w: change(w.expert_file, name="x"), lambda w: drop(w.expert_file)],
    "expert_feedback_of_five": [
        lambda w: again(w.expert_feedback, request_id=w.other_request.pk, score=0),
        lambda w: again(w.expert_feedback, request_id=w.other_request.pk, score=6),
    ],
    "expert_feedback_append_only": [
        lambda w: change(w.expert_feedback, score=1),
        lambda w: drop(w.expert_feedback),
    ],
}
