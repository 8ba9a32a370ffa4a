"""Addresses under office/. `page` puts every one of them behind the role: none can be forgotten."""

from collections.abc import Callable

from django.http import HttpResponse
from django.urls import URLPattern, path

from tcloud.web.office import (
    acts,
    books,
    calendar,
    edition,
    points,
    rehearsal,
    reversals,
    scans,
    synonyms,
    views,
    waiting,
)
from tcloud.web.office.access import office_page


def page(route: str, view: Callable[..., HttpResponse], name: str) -> URLPattern:
    """A page that only officers and auditors may open, and only officers may post to."""
    return path(route, office_page(view), name=name)


urlpatterns = [
    page("", views.home, "office_home"),
    page("applications/", acts.application_list, "office_applications"),
    page("applications/<int:pk>/", acts.application_page, "office_application"),
    page("orders/", views.order_list, "office_orders"),
    page("orders/<str:number>/", views.order_page, "office_order"),
    page("orders/<str:number>/contract.pdf", views.contract_file, "office_order_contract"),
    page("orders/<str:number>/settlement/", acts.settle_dispute, "office_settle_dispute"),
    page("orders/<str:number>/refund/", acts.refund, "office_refund"),
    page("programme/", edition.programme_page, "office_programme"),
    page("programme/opening/", edition.open_programme, "office_programme_open"),
    page("programme/pause/", edition.pause_programme, "office_programme_pause"),
    page("programme/closing/", edition.close_programme, "office_programme_close"),
    page("programme/numbers/", edition.numbers, "office_programme_numbers"),
    page("programme/appropriation/", edition.appropriate, "office_appropriate"),
    page("programme/reduction/", edition.reduce, "office_reduce"),
    page("waiting/", waiting.waiting_list, "office_waiting"),
    page("points/", points.points_list, "office_points"),
    page("points/<int:pk>/", points.grant_page, "office_grant"),
    page("points/<int:pk>/reversal/", reversals.request_reversal, "office_reversal_request"),
    page("reversals/", reversals.reversal_list, "office_reversals"),
    page("reversals/<int:pk>/", reversals.reversal_page, "office_reversal"),
    page("scans/", scans.scan_list, "office_scans"),
    page("calendar/", calendar.year_page, "office_calendar"),
    page("calendar/closure/", calendar.closure_page, "office_closure"),
    page("calendar/closures/<int:pk>/revocation/", calendar.revocation_page, "office_closure_revocation"),
    page("calendar/import/", calendar.import_page, "office_calendar_import"),
    page("synonyms/", synonyms.synonym_list, "office_synonyms"),
    page("synonyms/new/", synonyms.new_group, "office_synonyms_new"),
    page("synonyms/<int:pk>/", synonyms.group_page, "office_synonym_group"),
    page("synonyms/<int:pk>/removal/", synonyms.remove_group, "office_synonym_removal"),
    page("events/", views.event_list, "office_events"),
    page("books/", books.overview, "office_books"),
    page("books/entries/<int:pk>/proof.json", books.entry_proof, "office_entry_proof"),
    page("books/<str:day>/", books.entries_of_day, "office_books_day"),
    page("clock/", rehearsal.clock_page, "office_clock"),
    page("clock/move/", rehearsal.move, "office_clock_move"),
]
