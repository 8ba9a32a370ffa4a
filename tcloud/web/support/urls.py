"""Addresses under support/."""

from collections.abc import Callable

from django.http import HttpResponse
from django.urls import URLPattern, path

from tcloud.web.support import experts, faq, views
from tcloud.web.support.access import agent_page, expert_page, support_page


def page(route: str, view: Callable[..., HttpResponse], name: str) -> URLPattern:
    """A page that only support agents and experts may open."""
    return path(route, support_page(view), name=name)


def own(route: str, view: Callable[..., HttpResponse], name: str) -> URLPattern:
    """A page that only experts may open."""
    return path(route, expert_page(view), name=name)


urlpatterns = [
    page("", views.home, "support_home"),
    *[path(route, agent_page(faq.VIEWS[view]), name=name) for route, view, name in faq.ROUTES],
    own("visits/", experts.case_list, "support_visits"),
    own("visits/profile/", experts.profile, "support_profile"),
    own("visits/<slug:number>/", experts.case_page, "support_visit"),
    own("visits/<slug:number>/proposal/", experts.proposal, "support_visit_proposal"),
    own("visits/<slug:number>/return/", experts.handing_back, "support_visit_return"),
    own("visits/<slug:number>/postponement/", experts.postponement, "support_visit_postponement"),
    own("visits/<slug:number>/record/", experts.record, "support_visit_record"),
    own("visits/<slug:number>/missed/", experts.missed, "support_visit_missed"),
    own("visits/<slug:number>/note/", experts.note, "support_visit_note"),
    own("visits/<slug:number>/report/", experts.report, "support_visit_report"),
    own("visits/<slug:number>/visit.ics", experts.calendar_file, "support_visit_calendar"),
    own("visits/<slug:number>/files/<int:pk>/", experts.attachment, "support_visit_file"),
]
