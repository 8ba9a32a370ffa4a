"""Pages anybody may read."""

from django.urls import path

from tcloud.web.public import (
    chat,
    compare,
    contact,
    faq,
    lead,
    ledger,
    open_data,
    plan,
    reports,
    tickets,
    unsubscribing,
    views,
)
from tcloud.web.public.catalogue import catalogue, suggestions
from tcloud.web.public.contract_verification import contract_verify
from tcloud.web.public.feeds import NewPlans
from tcloud.web.public.plan_files import plan_file
from tcloud.web.public.points_guide import points_guide

urlpatterns = [
    path("", views.home, name="home"),
    path("guide/", views.guide, name="guide"),
    path("points/", points_guide, name="points_guide"),
    path("eligibility/", views.eligibility_check, name="eligibility_check"),
    path("plans/feed.atom", NewPlans(), name="plans_feed"),
    path("plans/", catalogue, name="catalogue"),
    path("plans/suggestions/", suggestions, name="plan_suggestions"),
    path("plans/files/<slug:sha256>/", plan_file, name="plan_file"),
    path("plans/compare/", compare.page, name="compare"),
    path("plans/compare/comparison.csv", compare.as_csv, name="compare_csv"),
    path("plans/compare/comparison.ods", compare.as_ods, name="compare_ods"),
    path("plans/<slug:code>/", plan.page, name="plan"),
    path("plans/<slug:code>/reviews/", plan.reviews, name="plan_reviews"),
    path("plans/<slug:code>/questions/", plan.questions, name="plan_questions"),
    path("reports/reviews/<int:pk>/", reports.review, name="report_review"),
    path("reports/questions/<int:pk>/", reports.question, name="report_question"),
    path("unsubscription/<str:token>/", unsubscribing.page, name="unsubscription"),
    path("suppliers/<slug:slug>/", views.supplier, name="supplier"),
    path("contracts/verify/", contract_verify, name="contract_verify"),
    path("ledger/", ledger.digest_list, name="ledger"),
    path("ledger/digests.json", ledger.digests_file, name="ledger_digests"),
    path("ledger/verify_digest.py", ledger.verifier, {"script": "verify_digest.py"}, name="ledger_verifier"),
    path(
        "ledger/verify_evidence.py",
        ledger.verifier,
        {"script": "verify_evidence.py"},
        name="evidence_verifier",
    ),
    path("ledger/<str:day>.json", ledger.digest_file, name="ledger_digest_file"),
    path("ledger/<str:day>/", ledger.digest_page, name="ledger_digest"),
    path("chat/", chat.start, name="chat_start"),
    path("chat/<str:number>/", chat.conversation_page, name="chat_conversation"),
    path("chat/<str:number>/messages/", chat.message_list, name="chat_messages"),
    path("chat/<str:number>/ending/", chat.ending, name="chat_ending"),
    path("chat/<str:number>/transcript/", chat.transcript, name="chat_transcript"),
    path("contact/", contact.contact_page, name="contact"),
    path("contact/ticket/", tickets.ticket_new, name="ticket_new"),
    path("contact/ticket/sent/", tickets.ticket_sent, name="ticket_sent"),
    path("tickets/<slug:token>/", tickets.ticket_page, name="ticket"),
    path("tickets/<slug:token>/confirmation/", tickets.ticket_confirmation, name="ticket_confirmation"),
    path("tickets/<slug:token>/reply/", tickets.ticket_reply, name="ticket_reply"),
    path("tickets/<slug:token>/closing/", tickets.ticket_closing, name="ticket_closing"),
    path("tickets/<slug:token>/files/<int:pk>/", tickets.ticket_file, name="ticket_file"),
    path("announcements/", contact.announcement_list, name="announcements"),
    path("faq/", faq.question_list, name="faq"),
    path("faq/<slug:code>/", faq.question_page, name="faq_article"),
    path("faq/<slug:code>/feedback/", faq.feedback, name="faq_feedback"),
    path("open-data/", open_data.page, name="open_data"),
    path("go/", lead.typed, name="lead_code"),
    path("go/<str:code>/", lead.page, name="lead"),
    path("sitemap/", views.sitemap, name="sitemap"),
    path("policies/<slug:slug>/", views.policy, name="policy"),
]
