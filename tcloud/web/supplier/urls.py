"""Addresses under supplier/. `page` puts every one of them behind the desk: none can be forgotten."""

from collections.abc import Callable

from django.http import HttpResponse
from django.urls import URLPattern, path

from tcloud.web.supplier import acts, views, voices
from tcloud.web.supplier.access import desk_page


def page(route: str, view: Callable[..., HttpResponse], name: str) -> URLPattern:
    """A page that only a supplier's people may open."""
    return path(route, desk_page(view), name=name)


urlpatterns = [
    page("", views.home, "supplier_home"),
    page("orders/", views.order_list, "supplier_orders"),
    page("orders/<str:number>/", views.order_page, "supplier_order"),
    page("orders/<str:number>/contract.pdf", views.contract_file, "supplier_order_contract"),
    page("orders/<str:number>/acceptance/", acts.accept, "supplier_accept"),
    page("orders/<str:number>/acceptance/<int:session_id>/", acts.accept_sign, "supplier_accept_sign"),
    page("orders/<str:number>/refusal/", acts.decline, "supplier_decline"),
    page("orders/<str:number>/invoice/", acts.invoice, "supplier_invoice"),
    page("orders/<str:number>/delivery/", acts.deliver, "supplier_deliver"),
    page("plans/", views.plan_list, "supplier_plans"),
    page("questions/", voices.question_list, "supplier_questions"),
    page("questions/<int:pk>/", voices.question_page, "supplier_question"),
    page("reviews/", voices.review_list, "supplier_reviews"),
    page("reviews/<int:pk>/", voices.review_page, "supplier_review"),
]
