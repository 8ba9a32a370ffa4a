"""Two views: a page of 20 rows, and a transaction of so many statements of each kind."""

from django.contrib.auth.decorators import login_required
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_POST


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


class Note(models.Model):
    """A row to read, lock, change and add; the table is made by benches.world."""

    text = models.TextField()
    number = models.IntegerField()
    objects: models.Manager["Note"] = models.Manager()

    class Meta:
        app_label = "minimal"
        managed = False
        db_table = "bench_note"


def page(request: HttpRequest) -> HttpResponse:
    """20 rows."""
    return render(request, "page.html", {"plans": Version.objects.order_by("-id")[:20]})


@login_required
@require_POST
def act(request: HttpRequest, place: int) -> HttpResponse:
    """Beside the session and the user, the statements of one order's submission by kind, each as simple as its kind can be: by primary key, one row."""
    wanted = {
        kind: int(request.GET.get(kind, "0")) for kind in ("select", "lock", "update", "insert", "savepoint")
    }
    keys = range(place, place + 1000)
    with transaction.atomic():
        for number in range(wanted["lock"]):
            Note.objects.select_for_update().get(pk=1 + keys[number] % 1000)
        for number in range(wanted["select"]):
            Note.objects.get(pk=1 + keys[number] % 1000)
        for number in range(wanted["update"]):
            Note.objects.filter(pk=1 + keys[number % 2] % 1000).update(number=number)
        for _number in range(wanted["savepoint"]):
            with transaction.atomic():
                pass
        for number in range(wanted["insert"]):
            Note.objects.create(text="note", number=number)
    return HttpResponseRedirect("/")


urlpatterns = [path("page/", page), path("act/<int:place>/", act)]
