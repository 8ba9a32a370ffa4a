"""Making, opening, taking up and dropping leads (R-37, R-39)."""

import secrets
from datetime import datetime, timedelta
from typing import Final

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from tcloud.catalogue.models import Plan, Supplier
from tcloud.core import clock, events, ubn
from tcloud.core.actors import Actor
from tcloud.core.refusals import Refusal
from tcloud.leads import queries, rules
from tcloud.leads.models import Introduction, Lead
from tcloud.members.models import Company, User

LONGEST_DAYS: Final = 365
MOST_USES: Final = 1000
_TRIES: Final = 5


@transaction.atomic(durable=True)
def make(
    supplier: Supplier,
    *,
    plan: Plan | None,
    company_ubn: str,
    most_uses: int,
    days: int,
    note: str,
    user: User,
    by: Actor,
    at: datetime,
) -> Lead:
    """A new code of the supplier, for one of its plans or all, for one company or any, valid until the end of the `days`-th day.

    Raises Refusal `lead.not_your_plan`, `lead.no_such_ubn`, `lead.own_company`, `lead.out_of_range`.
    """
    if plan is not None and (
        plan.solution.supplier_id != supplier.pk or plan.listed_at is None or plan.delisted_at
    ):
        raise Refusal("lead.not_your_plan", _("只能介紹貴公司上架中的方案，請重新選擇。"))
    if company_ubn and not ubn.is_valid(company_ubn):
        raise Refusal("lead.no_such_ubn", _("統一編號不正確，請檢查 8 碼數字，例如 04595257。"))
    if supplier.company and company_ubn == supplier.company.ubn:
        raise Refusal("lead.own_company", _("不能介紹給自己的公司（計畫規定）。"))
    if not 1 <= days <= LONGEST_DAYS or not 1 <= most_uses <= MOST_USES:
        raise Refusal("lead.out_of_range", _("有效天數最多 365 天，可用次數最多 1,000 次。"))
    lead = Lead(
        supplier=supplier, plan=plan, company_ubn=company_ubn, most_uses=1 if company_ubn else most_uses,
        note=note.strip(), made_by=user, made_at=at, expires_at=clock.end_of(clock.taipei(at).date() + timedelta(days=days)),
    )  # fmt: skip
    _coded(lead)
    events.record("lead.made", lead, case=lead.case, by=by, at=at, announce=False)
    return lead


def _coded(lead: Lead) -> None:
    for _try in range(_TRIES):
        lead.code = rules.draw(secrets.randbelow)
        try:
            with transaction.atomic():
                lead.save(force_insert=True)
            return
        except IntegrityError as error:
            if "code" not in str(error):
                raise
    raise RuntimeError("no free code found")


@transaction.atomic(durable=True)
def end(lead: Lead, *, by: Actor, at: datetime) -> Lead:
    """The supplier takes a code back: nobody can take it up any more; who did keeps the introduction. Said twice, done once."""
    row = Lead.objects.select_for_update().get(pk=lead.pk)
    if row.ended_at is None:
        row.ended_at = at
        row.save(update_fields=["ended_at"])
        events.record("lead.ended", row, case=row.case, by=by, at=at, announce=False)
    return row


@transaction.atomic(durable=True)
def note_opened(lead: Lead) -> None:
    """A browser opened the lead for the first time."""
    Lead.objects.filter(pk=lead.pk).update(opened=F("opened") + 1)


@transaction.atomic(durable=True)
def take_up(lead: Lead, company: Company, *, user: User, by: Actor, at: datetime) -> Introduction:
    """The company says that it came by this lead; taken up twice, it is one, also after it was dropped.

    Of two companies that want the last use at once one gets it. Raises Refusal as `refusals.objection_to` says.
    """
    row = Lead.objects.select_for_update(of=("self",)).select_related("supplier__company").get(pk=lead.pk)
    mine = Introduction.objects.filter(lead=row, company=company).first()
    if mine is not None and mine.dropped_at is None:
        return mine
    if refused := queries.objection(row, company, at=at):
        raise refused
    if mine is None:
        mine = Introduction(lead=row, company=company)
    mine.taken_up_by, mine.taken_up_at, mine.dropped_at = user, at, None
    mine.save()
    events.record("lead.taken_up", row, case=row.case, by=by, at=at, announce=False)
    return mine


@transaction.atomic
def drop(introduction: Introduction, *, by: Actor, at: datetime) -> Introduction:
    """The company drops the introduction: its orders from now on name nobody. Call inside the order's act (`orders.drop_introduction`)."""
    row = Introduction.objects.select_for_update(of=("self",)).select_related("lead").get(pk=introduction.pk)
    if row.dropped_at is None:
        row.dropped_at = at
        row.save(update_fields=["dropped_at"])
        events.record("lead.dropped", row.lead, case=row.lead.case, by=by, at=at, announce=False)
    return row
