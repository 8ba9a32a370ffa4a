"""What a company says about its recommendations, and the monthly look at what similar companies chose."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tcloud.catalogue import industries
from tcloud.core import clock, events
from tcloud.core.actors import THE_SYSTEM, Actor
from tcloud.core.refusals import Refusal
from tcloud.members.models import Company
from tcloud.programme.models import Programme
from tcloud.recommendations import queries, rules
from tcloud.recommendations.models import Learning, Popularity, Preference


def _case(company: Company) -> str:
    return f"company/{company.pk}"


def _held(company: Company, *, at: datetime) -> Preference:
    """The company's row, locked; made when it has said nothing yet."""
    Preference.objects.bulk_create([Preference(company=company, changed_at=at)], ignore_conflicts=True)
    return Preference.objects.select_for_update(of=("self",)).get(company=company)


@transaction.atomic(durable=True)
def state_industry(company: Company, division: str, *, by: Actor, at: datetime) -> Preference:
    """Keep the division of 行業統計分類 (two digits) the company says it works in; "" goes back to what its assessment says.

    Said twice, it is recorded once. Raises Refusal `recommendation.unknown_industry`.
    """
    if division and division not in industries.divisions():
        raise Refusal("recommendation.unknown_industry", _("請從清單中選擇行業。"))
    held = _held(company, at=at)
    if held.division != division:
        before, held.division, held.changed_at = held.division, division, at
        held.save(update_fields=["division", "changed_at"])
        events.record(
            "recommendation.industry_stated", held, case=_case(company), by=by, at=at, announce=False,
            division=division, before=before,
        )  # fmt: skip
    return held


@transaction.atomic(durable=True)
def switch(company: Company, *, personal: bool, by: Actor, at: datetime) -> Preference:
    """R-36: personal recommendations on or off. Off, nothing is ordered for the company, and from the next month on its orders are not learned from."""
    held = _held(company, at=at)
    if held.is_personal != personal:
        held.is_personal, held.changed_at = personal, at
        held.save(update_fields=["is_personal", "changed_at"])
        name = "recommendation.switched_on" if personal else "recommendation.switched_off"
        events.record(name, held, case=_case(company), by=by, at=at, announce=False)
    return held


@transaction.atomic(durable=True)
def learn(programme: Programme, *, at: datetime) -> Learning | None:
    """R-37: what similar companies chose, from the orders completed before this month, as far as it may be known (`rules.learn`).

    Once a month: called again, it does nothing and returns None. What was learned before is removed.
    """
    month = clock.taipei(at).date().replace(day=1)
    learning, made = Learning.objects.get_or_create(
        programme=programme, as_of=month, defaults={"learned_at": at}
    )
    if not made:
        return None
    learned = rules.learn(queries.completed(programme, before=clock.start_of(month)))
    Popularity.objects.bulk_create(
        [
            Popularity(learning=learning, industry=industry, staff=staff, solution_id=solution, companies=companies)
            for ((industry, staff), solution), companies in sorted(learned.items())
        ],
        batch_size=1000,
    )  # fmt: skip
    Learning.objects.filter(programme=programme, as_of__lt=month).delete()
    events.record(
        "recommendation.learned", learning, case=f"programme/{programme.code}", by=THE_SYSTEM, at=at, announce=False,
        as_of=month.isoformat(), numbers=len(learned),
    )  # fmt: skip
    return learning
