"""Pages anybody may read."""

from django.urls import path

from tcloud.web.public import ledger, views
from tcloud.web.public.catalogue import catalogue, suggestions
from tcloud.web.public.contract_verification import contract_verify
from tcloud.web.public.points_guide import points_guide

urlpatterns = [
    path("", views.home, name="home"),
    path("guide/", views.guide, name="guide"),
    path("points/", points_guide, name="points_guide"),
    path("eligibility/", views.eligibility_check, name="eligibility_check"),
    path("plans/", catalogue, name="catalogue"),
    path("plans/suggestions/", suggestions, name="plan_suggestions"),
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
    path("contact/", views.contact, name="contact"),
    path("sitemap/", views.sitemap, name="sitemap"),
    path("policies/<slug:slug>/", views.policy, name="policy"),
]
