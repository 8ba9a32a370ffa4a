"""Which edition is running."""

from django.db.models import QuerySet

from tcloud.programme.models import Programme


def current() -> Programme | None:
    """The edition now shown to the public: the open one, else the latest paused or closed one; None before any was opened."""
    shown = Programme.objects.exclude(state="DRAFT")
    return (shown.filter(state="OPEN").order_by("-id").first()) or shown.order_by("-id").first()


def open_editions() -> QuerySet[Programme]:
    """Every edition that companies may join now."""
    return Programme.objects.filter(state="OPEN").order_by("id")


def latest() -> Programme | None:
    """The edition an officer works on: the one shown to the public, else the newest draft."""
    return current() or Programme.objects.order_by("-id").first()
