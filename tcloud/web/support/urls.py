"""Addresses under support/."""

from collections.abc import Callable

from django.http import HttpResponse
from django.urls import URLPattern, path

from tcloud.web.support import answers, chat, views
from tcloud.web.support.access import agent_page, support_page


def page(route: str, view: Callable[..., HttpResponse], name: str) -> URLPattern:
    """A page that only support agents and experts may open."""
    return path(route, support_page(view), name=name)


def desk(route: str, view: Callable[..., HttpResponse], name: str) -> URLPattern:
    """A page that only support agents may open."""
    return path(route, agent_page(view), name=name)


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
]
