"""Pages anybody may read."""

from django.urls import path

from tcloud.web.public import contact, ledger, tickets, views
from tcloud.web.public.contract_verification import contract_verify
from tcloud.web.public.points_guide import points_guide

urlpatterns = [
    path("", views.home, name="home"),
    path("guide/", views.guide, name="guide"),
    path("points/", points_guide, name="points_guide"),
    path("eligibility/", views.eligibility_check, name="eligibility_check"),
    path("plans/", views.catalogue, name="catalogue"),
    path("plans/compare/", views.compare, name="compare"),
    path("plans/<slug:code>/", views.plan, name="plan"),
    path("suppliers/<slug:slug>/", views.supplier, name="supplier"),
    path("contracts/verify/", contract_verify, name="contract_verify"),
    path("ledger/", ledger.digest_list, name="ledger"),
    path("ledger/digests.json", ledger.digests_file, name="ledger_digests"),
    path("ledger/verify_digest.py", ledger.verifier, name="ledger_verifier"),
    path("ledger/<str:day>.json", ledger.digest_file, name="ledger_digest_file"),
    path("ledger/<str:day>/", ledger.digest_page, name="ledger_digest"),
    path("faq/", views.faq, name="faq"),
    path("contact/", contact.contact_page, name="contact"),
    path("contact/ticket/", tickets.ticket_new, name="ticket_new"),
    path("contact/ticket/sent/", tickets.ticket_sent, name="ticket_sent"),
    path("tickets/<slug:token>/", tickets.ticket_page, name="ticket"),
    path("tickets/<slug:token>/confirmation/", tickets.ticket_confirmation, name="ticket_confirmation"),
    path("tickets/<slug:token>/reply/", tickets.ticket_reply, name="ticket_reply"),
    path("tickets/<slug:token>/closing/", tickets.ticket_closing, name="ticket_closing"),
    path("tickets/<slug:token>/files/<int:pk>/", tickets.ticket_file, name="ticket_file"),
    path("announcements/", contact.announcement_list, name="announcements"),
    path("sitemap/", views.sitemap, name="sitemap"),
    path("policies/<slug:slug>/", views.policy, name="policy"),
]
