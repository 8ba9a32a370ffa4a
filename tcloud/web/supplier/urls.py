"""Addresses under supplier/. `page` puts every one of them behind the desk: none can be forgotten."""

from collections.abc import Callable

from django.http import HttpResponse
from django.urls import URLPattern, path

from tcloud.web.supplier import (
    acts,
    invoices,
    leads,
    order_life,
    payment_accounts,
    plan_changes,
    plans,
    transfers,
    views,
    voices,
)
from tcloud.web.supplier.access import desk_page


def page(route: str, view: Callable[..., HttpResponse], name: str) -> URLPattern:
    """A page that only a supplier's people may open."""
    return path(route, desk_page(view), name=name)


urlpatterns = [
    page("", views.home, "supplier_home"),
    page("orders/", views.order_list, "supplier_orders"),
    path("orders/list.csv", desk_page(views.order_list_file), {"kind": "csv"}, name="supplier_orders_csv"),
    path("orders/list.ods", desk_page(views.order_list_file), {"kind": "ods"}, name="supplier_orders_ods"),
    page("orders/<str:number>/", views.order_page, "supplier_order"),
    page("orders/<str:number>/contract.pdf", views.contract_file, "supplier_order_contract"),
    page("orders/<str:number>/acceptance/", acts.accept, "supplier_accept"),
    page("orders/<str:number>/acceptance/<int:session_id>/", acts.accept_sign, "supplier_accept_sign"),
    page("orders/<str:number>/refusal/", acts.decline, "supplier_decline"),
    page("orders/<str:number>/invoice/", invoices.invoice, "supplier_invoice"),
    page("orders/<str:number>/invoice/issuing/", invoices.issuing, "supplier_invoice_issuing"),
    page("invoice-provider/", invoices.provider_page, "supplier_invoice_provider"),
    page("orders/<str:number>/invoice/voiding/", invoices.voiding, "supplier_invoice_voiding"),
    page("orders/<str:number>/invoice/allowances/", invoices.allowance, "supplier_allowance"),
    page(
        "orders/<str:number>/invoice/allowances/<int:pk>/cancellation/",
        invoices.allowance_cancellation,
        "supplier_allowance_cancellation",
    ),
    page("orders/<str:number>/delivery/", acts.deliver, "supplier_deliver"),
    page("orders/<str:number>/messages/", order_life.thread, "supplier_order_thread"),
    page(
        "orders/<str:number>/messages/files/<int:pk>/", order_life.thread_file, "supplier_order_thread_file"
    ),
    page("orders/<str:number>/changes/", order_life.changes, "supplier_order_changes"),
    page("orders/<str:number>/changes/new/<slug:kind>/", order_life.change_new, "supplier_order_change_new"),
    page(
        "orders/<str:number>/changes/<int:pk>/decision/",
        order_life.change_decision,
        "supplier_order_change_decision",
    ),
    page("orders/<str:number>/deadlines.ics", order_life.calendar, "supplier_order_calendar"),
    page("orders/<str:number>/summary/", order_life.summary, "supplier_order_summary"),
    page("orders/<str:number>/summary.pdf", order_life.summary_pdf, "supplier_order_summary_pdf"),
    page("orders/<str:number>/refund/", acts.refund, "supplier_refund"),
    page("orders/<str:number>/transfer/", transfers.transfer, "supplier_transfer"),
    page("payment-accounts/", payment_accounts.accounts, "supplier_payment_accounts"),
    page("plans/", plans.plan_list, "supplier_plans"),
    page("plans/drafts/", plans.new_plan, "supplier_plan_new"),
    page("plans/listed/<slug:code>/", plans.plan_page, "supplier_plan"),
    page("plans/listed/<slug:code>/change/", plans.change_plan, "supplier_plan_edit"),
    page("plans/listed/<slug:code>/delisting/", plans.delisting, "supplier_plan_delisting"),
    page("plans/listed/<slug:code>/relisting/", plans.relisting, "supplier_plan_relisting"),
    page("plans/changes/<int:pk>/", plan_changes.change_page, "supplier_plan_change"),
    page("plans/changes/<int:pk>/sections/<slug:section>/", plan_changes.section, "supplier_plan_section"),
    page("plans/changes/<int:pk>/files/", plan_changes.files, "supplier_plan_files"),
    page(
        "plans/changes/<int:pk>/files/<int:file>/removal/",
        plan_changes.file_removal,
        "supplier_plan_file_removal",
    ),
    page("plans/changes/<int:pk>/preview/", plan_changes.preview, "supplier_plan_preview"),
    page("plans/changes/<int:pk>/submission/", plan_changes.submission, "supplier_plan_submission"),
    page("plans/changes/<int:pk>/recall/", plan_changes.recall, "supplier_plan_recall"),
    page("plans/changes/<int:pk>/withdrawal/", plan_changes.withdrawal, "supplier_plan_withdrawal"),
    page("plans/files/<slug:sha256>/", plan_changes.own_file, "supplier_plan_file"),
    page("leads/", leads.lead_list, "supplier_leads"),
    page("leads/<int:pk>/", leads.lead_page, "supplier_lead"),
    page("leads/<int:pk>/qr.svg", leads.lead_picture, "supplier_lead_picture"),
    page("leads/<int:pk>/ending/", leads.lead_ending, "supplier_lead_ending"),
    page("questions/", voices.question_list, "supplier_questions"),
    page("questions/<int:pk>/", voices.question_page, "supplier_question"),
    page("reviews/", voices.review_list, "supplier_reviews"),
    page("reviews/<int:pk>/", voices.review_page, "supplier_review"),
]
