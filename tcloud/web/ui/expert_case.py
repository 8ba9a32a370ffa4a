"""What every page of a case of the expert service shows, whoever looks; and its calendar file (R-35)."""

from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from tcloud.core import clock, events
from tcloud.support import words
from tcloud.support.models import ExpertRequest, ExpertSlot
from tcloud.support.queries import contact
from tcloud.support.queries import experts as queries
from tcloud.web.ui import expert_words, icalendar
from tcloud.web.ui.downloads import attachment


def context(request: ExpertRequest, *, staff: bool = False) -> dict[str, Any]:
    """The case, its visit, report and files, its timeline; for `staff` also the notes."""
    at = clock.now()
    report = queries.report_of(request)
    visit = queries.visit_of(request)
    return {
        "case": request,
        "tone": expert_words.TONES.get(ExpertRequest.State(request.state), "soft"),
        "areas": words.areas(request.areas),
        "where": words.where(request),
        "visit": visit,
        "visit_words": words.span(visit.starts_at, visit.ends_at) if visit else "",
        "visit_begun": visit is not None and at >= visit.starts_at,
        "report": report,
        "files": list(queries.files_of(report)) if report else [],
        "feedback": getattr(request, "feedback", None),
        "entries": expert_words.entries(request, list(events.of_case(request.case)), at=at, staff=staff),
        "owing": expert_words.owing(request) if request.owed else "",
        "late": request.is_late(at) and request.owed != words.Owed.CLOSE,
        "notes": queries.notes_of(request) if staff else [],
        "has_calendar": request.round > 0,
    }


def slot_choices(request: ExpertRequest, *, at: datetime) -> list[tuple[ExpertSlot, str, bool]]:
    """Each time to choose from: the slot, its words, whether it can still be chosen."""
    return [
        (slot, words.span(slot.starts_at, slot.ends_at), free)
        for slot, free in queries.open_slots(request, at=at)
    ]


def file(request: ExpertRequest, pk: int) -> HttpResponse:
    """An attachment of the report, always as a download. Raises Http404."""
    found = queries.file_of(request, pk)
    if found is None:
        raise Http404
    return attachment(bytes(found.content), found.media_type, found.name)


def calendar(http: HttpRequest, request: ExpertRequest, *, url: str) -> HttpResponse:
    """The proposed times and the visit as a calendar file; imported again, it moves and removes what has changed."""
    if not request.round:
        raise Http404
    visit = queries.visit_of(request)
    slots = queries.slots_for_calendar(request)
    host = http.get_host().partition(":")[0]
    common = {
        "organizer": contact.settings_of(request.programme).mailbox,
        "url": http.build_absolute_uri(url),
        "location": request.meeting or words.where(request),
        "description": _("案件編號：%(reference)s。%(areas)s")
        % {"reference": request.reference, "areas": words.areas(request.areas)},
    }
    found = [_proposed(request, slot, host=host, common=common) for slot in slots]
    stood = visit or _last_dropped(request, slots)
    if stood is not None:
        found.append(
            icalendar.TimedEvent(
                uid=f"{request.reference}-visit@{host}",
                starts_at=stood.starts_at,
                ends_at=stood.ends_at,
                summary=_("專家訪視：%(company)s") % {"company": request.company.name},
                sequence=request.calendar_sequence,
                status="CONFIRMED" if visit else "CANCELLED",
                **common,
            )
        )
    over = all(event.status == "CANCELLED" for event in found)
    text = icalendar.calendar_text(
        found,
        name=_("專家服務 %(reference)s") % {"reference": request.reference},
        at=clock.now(),
        method="CANCEL" if over else "PUBLISH",
    )
    name = _("專家服務-%(reference)s.ics") % {"reference": request.reference}
    return attachment(text.encode(), icalendar.MEDIA_TYPE, name)


def _proposed(
    request: ExpertRequest, slot: ExpertSlot, *, host: str, common: dict[str, str]
) -> icalendar.TimedEvent:
    """A time proposed: tentative while it can be chosen, taken out afterwards (the chosen one stands as the visit)."""
    is_open = slot.state == ExpertSlot.State.OPEN
    return icalendar.TimedEvent(
        uid=f"{request.reference}-{slot.round}-{slot.position}@{host}",
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        summary=_("專家訪視（待選擇）：%(company)s") % {"company": request.company.name},
        sequence=0 if is_open else 1,
        status="TENTATIVE" if is_open else "CANCELLED",
        **common,
    )


def _last_dropped(request: ExpertRequest, slots: list[ExpertSlot]) -> ExpertSlot | None:
    """Where a cancelled visit stood; any of the dropped times will do, since calendars go by its UID."""
    return slots[-1] if request.calendar_sequence and slots else None
