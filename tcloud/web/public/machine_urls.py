"""Addresses for machines, the same in every language: not under /en/."""

from django.contrib.sitemaps.views import sitemap
from django.urls import path

from tcloud.web.public import open_data, sitemaps

urlpatterns = [
    path("robots.txt", sitemaps.robots, name="robots"),
    path("sitemap.xml", sitemap, {"sitemaps": sitemaps.SITEMAPS}, name="sitemap_xml"),
    path("open-data/catalogue.csv", open_data.catalogue_csv, name="open_data_csv"),
    path("open-data/catalogue.json", open_data.catalogue_json, name="open_data_json"),
    path("open-data/catalogue.schema.json", open_data.schema, name="open_data_schema"),
]
