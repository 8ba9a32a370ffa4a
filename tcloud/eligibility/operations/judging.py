"""Whether a company is eligible: by its sources, else by an officer (R-01 to R-07)."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tcloud.adapters.registries.facts import RegistryFacts, gather
from tcloud.adapters.registries.port import CompanyRecord, Registries
from tcloud.core import clock, events
from tcloud.core.actors import THE_SYSTEM, Actor
from tcloud.core.refusals import Refusal
from tcloud.core.transitions import advance
from tcloud.eligibility import deadlines, rules
from tcloud.eligibility.models import Application, Check
from tcloud.eligibility.operations.locking import held
from tcloud.eligibility.states import APPLICATION, ENDED
from tcloud.members.models import Company
from tcloud.points import queries as points_queries
from tcloud.points.models import Grant

RETRY_EVERY = timedelta(minutes=15)
BATCH = 100


def check(
    application: Application, *, clients: Registries, at: datetime, by: Actor = THE_SYSTEM
) -> Application:
    """R-01 to R-07: ask every source, outside any transaction, and decide; what could not be answered goes to review.

    A repeat while another check runs changes nothing twice. Raises Refusal `transition.not_now` when there is nothing to check.
    """
    facts = gather(
        application.ubn,
        clients=clients,
        authorisation_reference=f"{application.programme.code}-A{application.pk}",
        at=at,
    )
    with transaction.atomic(durable=True):
        locked = held(application)
        if locked.state not in ("AUTHORISED", "IN_REVIEW") or locked.with_officer_at:
            return locked  # decided, or taken over by an officer, while the sources were asked
        verdict = rules.judge(
            facts,
            rules.EligibilityNumbers(
                max_paid_in_capital_twd=locked.programme.max_capital_twd,
                insured_employees_below=locked.programme.max_employees,
            ),
            prior_grant=_prior_grant(locked, at=at),
            today=clock.taipei(at).date(),
        )
        _keep_checks(locked, verdict, at=at)
        return _decide(locked, verdict, facts, by=by, at=at)


def _prior_grant(application: Application, *, at: datetime) -> rules.PriorGrant:
    company = Company.objects.filter(ubn=application.ubn).first()
    of_edition = Grant.objects.filter(programme=application.programme, company=company)
    if company is None or not of_edition.exists():
        return rules.PriorGrant.NONE
    if points_queries.may_apply_again(application.programme, company, at=at):
        return rules.PriorGrant.TAKEN_BACK_UNACTIVATED
    return rules.PriorGrant.HELD


def _keep_checks(application: Application, verdict: rules.Verdict, *, at: datetime) -> None:
    run = Check.objects.filter(application=application).values("run").distinct().count() + 1
    Check.objects.bulk_create(
        [
            Check(
                application=application,
                run=run,
                rule=result.rule,
                outcome=result.outcome.value,
                sentence=result.sentence_zh,
                evidence=[item.as_json() for item in result.evidence],
                at=at,
            )
            for result in verdict.results
        ]
    )


def _decide(
    application: Application, verdict: rules.Verdict, facts: RegistryFacts, *, by: Actor, at: datetime
) -> Application:
    changes: dict[str, object] = {"checked_at": at, "next_check_at": None}
    if isinstance(facts.company, CompanyRecord):
        changes["facts"] = {
            "name": facts.company.name,
            "address": facts.company.address,
            "responsible_name": facts.company.representative,
        }
    outcome = {result.rule: result.outcome.value for result in verdict.results}
    if verdict.decision is rules.Decision.IN_REVIEW:
        changes["next_check_at"] = at + RETRY_EVERY
        if application.state == "IN_REVIEW":
            Application.objects.filter(pk=application.pk).update(**changes)
            application.refresh_from_db()
            return application
        changes |= deadlines.begin(application.programme, at=at)
        name = "review"
    else:
        name = "pass" if verdict.decision is rules.Decision.ELIGIBLE else "fail"
        changes |= _without_password(name)
    advance(
        application, APPLICATION, name, by=by, at=at, case=application.case, changes=changes, rules=outcome
    )
    return application


def _without_password(outcome: str) -> dict[str, object]:
    """Who is refused gets no account: the password typed while waiting is forgotten. After an appeal it is asked for again."""
    return {"password_hash": ""} if outcome == "fail" else {}


@transaction.atomic(durable=True)
def decide(application: Application, *, eligible: bool, reason: str, by: Actor, at: datetime) -> Application:
    """R-07: an officer decides a case under review; the reason is kept and shown. Raises Refusal `application.reason_missing`."""
    if not reason.strip():
        raise Refusal("application.reason_missing", _("請填寫判定理由，理由會顯示給申請企業。"))
    locked = held(application)
    if locked.state != "IN_REVIEW":
        raise Refusal("transition.not_now", _("這件申請目前不在審查中，請重新整理頁面。"))
    name = "pass" if eligible else "fail"
    changes = {"decision_reason": reason.strip(), "next_check_at": None} | _without_password(name)
    advance(
        locked, APPLICATION, name, by=by, at=at, case=locked.case, changes=changes,
        reason=reason.strip(),
    )  # fmt: skip
    return locked


@transaction.atomic(durable=True)
def appeal(application: Application, *, reason: str, by: Actor, at: datetime) -> Application:
    """R-07: the company objects to a refusal; an officer looks at it again."""
    if not reason.strip():
        raise Refusal("application.reason_missing", _("請說明申覆理由。"))
    locked = held(application)
    others = Application.objects.filter(programme=locked.programme, ubn=locked.ubn).exclude(state__in=ENDED)
    if others.exists():
        raise Refusal("application.open_already", _("貴公司已有一件申請正在辦理。"))
    changes = {
        "with_officer_at": at,
        "next_check_at": None,
    } | deadlines.begin(locked.programme, at=at)
    advance(
        locked, APPLICATION, "appeal", by=by, at=at, case=locked.case, changes=changes, reason=reason.strip()
    )
    return locked


def recheck_silent(*, clients: Registries, at: datetime, limit: int = 100) -> int:
    """R-07: ask again for the applications whose sources were silent; after the review deadline an officer takes over.

    Returns how many were asked again.
    """
    # further away than any pause: set while a rehearsal was ahead
    when_due = Q(next_check_at__lte=at) | Q(next_check_at__gt=at + 2 * RETRY_EVERY)
    due = Application.objects.filter(when_due, state="IN_REVIEW").order_by("next_check_at")
    applications = list(due.select_related("programme")[:limit])
    for application in applications:
        # first: one that can't be checked must not keep the others waiting
        Application.objects.filter(when_due, pk=application.pk).update(next_check_at=at + RETRY_EVERY)
        if not _handed_to_officer(application, at=at):
            check(application, clients=clients, at=at)
    return len(applications)


@transaction.atomic(durable=True)
def _handed_to_officer(application: Application, *, at: datetime) -> bool:
    """Whether the review deadline has passed, by the calendar now in force, and an officer has it now."""
    locked = held(application)
    if locked.state != "IN_REVIEW" or locked.with_officer_at:
        return True
    if not deadlines.passed(locked, at=at):
        return False
    Application.objects.filter(pk=locked.pk).update(with_officer_at=at, next_check_at=None)
    events.record("application.handed_to_officer", locked, case=locked.case, by=THE_SYSTEM, at=at)
    return True


def move_deadlines(*, at: datetime) -> int:
    """R-28: move the review deadlines that follow from an older calendar, as recorded events. Returns how many are others now.

    In batches, each its own transaction; what somebody is just working on is left to the next run.
    """
    last = changed = 0
    while batch := _move_batch(after=last, at=at):
        last, moved_now = batch
        changed += moved_now
    return changed


@transaction.atomic(durable=True)
def _move_batch(*, after: int, at: datetime) -> tuple[int, int] | None:
    """One batch past the id `after`: (the last id, how many are others now); None when there is none left."""
    stale = deadlines.stale().filter(pk__gt=after).order_by("pk")
    ids = list(stale.values_list("pk", flat=True)[:BATCH])
    if not ids:
        return None
    rows = (
        stale.filter(pk__in=ids).select_related("programme").select_for_update(skip_locked=True, of=("self",))
    )
    return ids[-1], sum(deadlines.move(row, at=at) for row in rows)
