"""Two views: a page of 20 rows, and the submission of an order."""

from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from benches.minimal.submission import submission


class Version(models.Model):
    """The columns that a list shows, of the real table."""

    name = models.CharField(max_length=200)
    blurb = models.TextField()
    price_twd = models.IntegerField()
    objects: models.Manager["Version"] = models.Manager()

    class Meta:
        app_label = "minimal"
        managed = False
        db_table = "catalogue_planversion"


def page(request: HttpRequest) -> HttpResponse:
    """20 rows."""
    return render(request, "page.html", {"plans": Version.objects.order_by("-id")[:20]})


urlpatterns = [path("page/", page), path("submission/<str:number>/", submission)]
