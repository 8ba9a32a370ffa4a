"""Addresses under support/."""

from collections.abc import Callable

from django.http import HttpResponse
from django.urls import URLPattern, path

from tcloud.web.support import views
from tcloud.web.support.access import support_page


def page(route: str, view: Callable[..., HttpResponse], name: str) -> URLPattern:
    """A page that only support agents and experts may open."""
    return path(route, support_page(view), name=name)


urlpatterns = [page("", views.home, "support_home")]
