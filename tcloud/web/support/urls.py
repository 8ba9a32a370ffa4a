"""Addresses under support/."""

from collections.abc import Callable

from django.http import HttpResponse
from django.urls import URLPattern, path

from tcloud.web.support import answers, chat, experts, faq, held_mails, tickets, views
from tcloud.web.support.access import agent_page, expert_page, support_page


def page(route: str, view: Callable[..., HttpResponse], name: str) -> URLPattern:
    """A page that only support agents and experts may open."""
    return path(route, support_page(view), name=name)


def desk(route: str, view: Callable[..., HttpResponse], name: str) -> URLPattern:
    """A page that only support agents may open."""
    return path(route, agent_page(view), name=name)


def own(route: str, view: Callable[..., HttpResponse], name: str) -> URLPattern:
    """A page that only experts may open."""
    return path(route, expert_page(view), name=name)


urlpatterns = [
    page("", views.home, "support_home"),
    desk("chat/", chat.inbox, "support_inbox"),
    desk("chat/presence/", chat.presence, "support_presence"),
    desk("chat/closed/", chat.closed, "support_closed"),
    desk("chat/<str:number>/", chat.conversation_page, "support_conversation"),
    desk("chat/<str:number>/assignment/", chat.assignment, "support_assignment"),
    desk("chat/<str:number>/messages/", chat.message_list, "support_messages"),
    desk("chat/<str:number>/handover/", chat.handover, "support_handover"),
    desk("chat/<str:number>/closing/", chat.closing, "support_closing"),
    desk("chat/<str:number>/disclosure/", chat.disclosure, "support_disclosure"),
    desk("answers/", answers.answer_list, "support_answers"),
    desk("answers/new/", answers.answer_page, "support_answer_new"),
    desk("answers/<int:pk>/", answers.answer_page, "support_answer"),
    desk("answers/<int:pk>/retirement/", answers.retirement, "support_answer_retirement"),
    desk("tickets/", tickets.ticket_list, "support_tickets"),
    desk("tickets/<slug:reference>/", tickets.ticket_page, "support_ticket"),
    desk("tickets/<slug:reference>/answer/", tickets.ticket_answer, "support_ticket_answer"),
    desk("tickets/<slug:reference>/note/", tickets.ticket_note, "support_ticket_note"),
    desk("tickets/<slug:reference>/assignment/", tickets.ticket_assignment, "support_ticket_assignment"),
    desk("tickets/<slug:reference>/closing/", tickets.ticket_closing, "support_ticket_closing"),
    desk("tickets/<slug:reference>/look/", tickets.ticket_look, "support_ticket_look"),
    desk("tickets/<slug:reference>/files/<int:pk>/", tickets.ticket_file, "support_ticket_file"),
    desk("mails/", held_mails.mail_list, "support_mails"),
    desk("mails/<int:pk>/", held_mails.mail_page, "support_mail"),
    desk("mails/<int:pk>/adding/", held_mails.mail_adding, "support_mail_adding"),
    desk("mails/<int:pk>/opening/", held_mails.mail_opening, "support_mail_opening"),
    desk("mails/<int:pk>/dismissal/", held_mails.mail_dismissal, "support_mail_dismissal"),
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
