"""Favourites and saved searches of a company."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tcloud.catalogue.models import Plan
from tcloud.choosing import rules
from tcloud.choosing.models import Favourite, SavedSearch, SearchHit
from tcloud.choosing.operations.common import hold
from tcloud.choosing.queries import searches
from tcloud.core import clock, events
from tcloud.core.actors import THE_SYSTEM, Actor
from tcloud.core.refusals import Refusal
from tcloud.members.models import Company, User


def _case(company: Company) -> str:
    return f"company/{company.ubn}"


@transaction.atomic(durable=True)
def add_favourite(company: Company, plan: Plan, *, user: User, by: Actor, at: datetime) -> Favourite:
    """Keep a plan; harmless to repeat, whoever of the company does it. Raises Refusal `favourite.too_many`, `plan.not_listed`."""
    hold(company)
    kept = Favourite.objects.filter(company=company)
    if earlier := kept.filter(plan=plan).first():
        return earlier
    if plan.current_id is None or plan.listed_at is None or plan.delisted_at is not None:
        raise Refusal("plan.not_listed", _("這個方案已下架，請選擇其他方案。"))
    if kept.count() >= rules.MOST_FAVOURITES:
        raise Refusal(
            "favourite.too_many",
            _("貴公司已收藏%(most)s個方案，請先移除不需要的收藏。"),
            most=rules.MOST_FAVOURITES,
        )
    made = Favourite.objects.create(
        company=company, plan=plan, seen_id=plan.current_id, added_by=user, added_at=at
    )
    events.record("favourite.added", made, case=_case(company), by=by, at=at, announce=False, plan=plan.code)
    return made


@transaction.atomic(durable=True)
def remove_favourite(company: Company, plan: Plan, *, by: Actor, at: datetime) -> None:
    """Keep it no longer; harmless to repeat."""
    hold(company)
    kept = Favourite.objects.filter(company=company, plan=plan).first()
    if kept is None:
        return
    events.record(
        "favourite.removed", kept, case=_case(company), by=by, at=at, announce=False, plan=plan.code
    )
    kept.delete()


@transaction.atomic(durable=True)
def save_search(
    company: Company, name: str, query: str, *, mail: bool, user: User, by: Actor, at: datetime
) -> SavedSearch:
    """Keep a search under a name; the same name and search again are the earlier one.

    What of `query` is no parameter of the catalogue is left out. Raises Refusal `search.empty`, `search.too_many`, `search.name_used`.
    """
    known = searches.canonical(query)
    if not known:
        raise Refusal("search.empty", _("請先輸入關鍵字或選擇條件，再儲存搜尋。"))
    hold(company)
    kept = SavedSearch.objects.filter(company=company)
    if earlier := kept.filter(name=name).first():
        if earlier.query == known:
            return earlier
        raise Refusal("search.name_used", _("已經有同名的搜尋，請換一個名稱。"))
    if kept.count() >= rules.MOST_SEARCHES:
        raise Refusal(
            "search.too_many",
            _("貴公司已儲存%(most)s個搜尋，請先刪除不需要的。"),
            most=rules.MOST_SEARCHES,
        )
    made = SavedSearch.objects.create(
        company=company,
        name=name,
        query=known,
        saved_by=user,
        saved_at=at,
        next_mail_at=next_mail(at) if mail else None,
    )
    events.record(
        "search.saved", made, case=_case(company), by=by, at=at, announce=False, name=name, query=known
    )
    return made


def next_mail(at: datetime) -> datetime:
    """The next morning on which plans found since are told, after `at`."""
    return clock.end_of(clock.taipei(at).date()) + timedelta(hours=rules.MAIL_HOUR)


@transaction.atomic(durable=True)
def mail_search(search: SavedSearch, wanted: bool, *, by: Actor, at: datetime) -> None:
    """Whether who saved the search is told of new plans by mail; harmless to repeat, and when the search is gone."""
    held = SavedSearch.objects.select_for_update(of=("self",)).select_related("company")
    row = held.filter(pk=search.pk).first()
    if row is None or bool(row.next_mail_at) == wanted:
        return
    SavedSearch.objects.filter(pk=row.pk).update(next_mail_at=next_mail(at) if wanted else None)
    happened = "search.mail_wanted" if wanted else "search.mail_stopped"
    events.record(happened, row, case=_case(row.company), by=by, at=at, announce=False, name=row.name)


@transaction.atomic(durable=True)
def delete_search(search: SavedSearch, *, by: Actor, at: datetime) -> None:
    """Keep the search no longer; harmless to repeat."""
    held = SavedSearch.objects.select_for_update(of=("self",)).select_related("company")
    row = held.filter(pk=search.pk).first()
    if row is None:
        return
    events.record("search.deleted", row, case=_case(row.company), by=by, at=at, announce=False, name=row.name)
    row.delete()


@transaction.atomic(durable=True)
def send_matches(*, at: datetime, limit: int = 50) -> int:
    """The daily mail of each search that is due: plans listed since it was saved, each once. One batch; returns how many were looked at.

    A day without a new plan, or a person who no longer acts for the company, is a day without mail.
    """
    batch = list(
        searches.due(at=at)
        .select_for_update(skip_locked=True, of=("self",))
        .select_related("company", "saved_by")[:limit]
    )
    for search in batch:
        SavedSearch.objects.filter(pk=search.pk).update(next_mail_at=next_mail(at))
        if not searches.may_be_told(search):
            continue
        plans = list(searches.untold(search)[: rules.MOST_FAVOURITES])
        if not plans:
            continue
        SearchHit.objects.bulk_create([SearchHit(search=search, plan=plan, found_at=at) for plan in plans])
        codes = [plan.code for plan in plans]
        events.record("search.matched", search, case=_case(search.company), by=THE_SYSTEM, at=at, plans=codes)
    return len(batch)
