"""Addresses under api/, in one language."""

from django.urls import path

from tcloud.web.api import views

urlpatterns = [
    path("gateway/callback/", views.gateway_callback, name="gateway_callback"),
    path("gateway/codes/", views.gateway_codes, name="gateway_codes"),
    path("newebpay/callback/", views.newebpay_callback, name="newebpay_callback"),
    path("newebpay/codes/", views.newebpay_codes, name="newebpay_codes"),
]
