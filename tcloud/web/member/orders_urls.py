"""Addresses of orders, under member/orders/. A change of state is a noun that one posts to."""

from django.urls import path

from tcloud.web.member import choices, order_acts, orders, paying, signing, transfers

urlpatterns = [
    path("", orders.order_list, name="order_list"),
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
    path("<slug:number>/choice/", choices.order_choice, name="order_choice"),
    path("<slug:number>/withdrawal/", order_acts.withdrawal, name="order_withdrawal"),
    path("<slug:number>/confirmation/", order_acts.confirmation, name="order_confirmation"),
    path("<slug:number>/dispute/", order_acts.dispute, name="order_dispute"),
    path("<slug:number>/refund/", order_acts.refund, name="order_refund"),
    path("<slug:number>/payment/", paying.payment, name="order_payment"),
    path("<slug:number>/payment/transfer/", transfers.transfer, name="order_transfer"),
    path("<slug:number>/payment/result/", paying.result, name="order_payment_result"),
]
