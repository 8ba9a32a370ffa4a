"""Addresses of orders, under member/orders/. A change of state is a noun that one posts to."""

from django.urls import path

from tcloud.web.member import (
    choices,
    order_acts,
    order_life,
    orders,
    paying,
    renewing,
    requests,
    signing,
    transfers,
)

urlpatterns = [
    path("", orders.order_list, name="order_list"),
    path("list.csv", orders.order_list_file, {"kind": "csv"}, name="order_list_csv"),
    path("list.ods", orders.order_list_file, {"kind": "ods"}, name="order_list_ods"),
    path("new/<slug:code>/", orders.order_new, name="order_new"),
    path("<slug:number>/", orders.order, name="order"),
    path("<slug:number>/discarding/", orders.discarding, name="order_discarding"),
    path("<slug:number>/contract/", signing.contract, name="order_contract"),
    path("<slug:number>/contract/file/", orders.contract_file, name="order_contract_file"),
    path("<slug:number>/contract/acknowledgement/", signing.acknowledgement, name="order_acknowledgement"),
    path("<slug:number>/signing/", signing.signing, name="order_signing"),
    path("<slug:number>/signing/<int:session>/", signing.signature, name="order_signature"),
    path("<slug:number>/signed/", signing.signed, name="order_signed"),
    path("<slug:number>/submission/", orders.submission, name="order_submission"),
    path("<slug:number>/deadlines.ics", orders.order_calendar, name="order_calendar"),
    path("<slug:number>/renewal/", renewing.renewal, name="order_renewal"),
    path("<slug:number>/request/", requests.asking, name="order_request"),
    path("<slug:number>/request/<int:pk>/approval/", requests.approval, name="order_request_approval"),
    path("<slug:number>/request/<int:pk>/return/", requests.returning, name="order_request_return"),
    path("<slug:number>/request/<int:pk>/withdrawal/", requests.withdrawing, name="order_request_withdrawal"),
    path("<slug:number>/choice/", choices.order_choice, name="order_choice"),
    path("<slug:number>/withdrawal/", order_acts.withdrawal, name="order_withdrawal"),
    path("<slug:number>/confirmation/", order_acts.confirmation, name="order_confirmation"),
    path("<slug:number>/dispute/", order_acts.dispute, name="order_dispute"),
    path("<slug:number>/dispute/withdrawal/", order_acts.dispute_withdrawal, name="order_dispute_withdrawal"),
    path("<slug:number>/messages/", order_life.thread, name="order_thread"),
    path("<slug:number>/messages/files/<int:pk>/", order_life.thread_file, name="order_thread_file"),
    path("<slug:number>/changes/", order_life.changes, name="order_changes"),
    path("<slug:number>/changes/new/<slug:kind>/", order_life.change_new, name="order_change_new"),
    path(
        "<slug:number>/changes/<int:pk>/decision/", order_life.change_decision, name="order_change_decision"
    ),
    path("<slug:number>/summary/", order_life.summary, name="order_summary"),
    path("<slug:number>/summary.pdf", order_life.summary_pdf, name="order_summary_pdf"),
    path("<slug:number>/refund/", order_acts.refund, name="order_refund"),
    path("<slug:number>/payment/", paying.payment, name="order_payment"),
    path("<slug:number>/payment/transfer/", transfers.transfer, name="order_transfer"),
    path("<slug:number>/payment/result/", paying.result, name="order_payment_result"),
]
