"""Pages anybody may read."""

from django.urls import path

from tcloud.web.public import views
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
    path("faq/", views.faq, name="faq"),
    path("contact/", views.contact, name="contact"),
    path("sitemap/", views.sitemap, name="sitemap"),
    path("policies/<slug:slug>/", views.policy, name="policy"),
]
