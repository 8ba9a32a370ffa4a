"""The database is the last guard: every CHECK, UNIQUE and trigger refuses what it is there to refuse, and none goes untried."""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.db import DatabaseError, transaction
from django.db.models import Model

from tcloud.assessment import operations as questionnaires
from tcloud.assessment.models import Assessment
from tcloud.catalogue.models import (
    Plan,
    PlanVersion,
    Solution,
    Supplier,
)
from tcloud.contracts.models import Contract, ContractTemplate, Document
from tcloud.core import clock
from tcloud.core.actors import THE_SYSTEM
from tcloud.core.models import CalendarChange, Event
from tcloud.eligibility.models import Application, Check
from tcloud.ledger import closing
from tcloud.ledger.models import Account, Digest, Transfer
from tcloud.members.models import CardChallenge, CardProof, Company, Consent, Membership, User
from tcloud.orders.models import Obligation
from tcloud.outbox.models import Message
from tcloud.payments.models import Charge, GatewayMessage, Invoice
from tcloud.points.models import Grant, Participant, Reservation, Reversal, WaitingEntry
from tcloud.recommendations.models import Learning, Popularity, Preference
from tcloud.rehearsal.models import ClockMove
from tests import factories
from tests.factories import NOW
from tests.repository import (
    catalogue_guards,
    choosing_guards,
    expert_guards,
    faq_guards,
    invoice_guards,
    life_guards,
    mail_guards,
    payment_guards,
    ticket_guards,
    ways_guards,
)
from tests.repository.chat_guards import CHAT_TRIES, chat_rows
from tests.repository.rows import again, change, drop

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> SimpleNamespace:
    """One row of everything that is guarded."""
    edition = factories.programme()
    order = factories.paid(edition, company := factories.granted(edition))
    challenge = CardChallenge.objects.create(
        nonce="n", purpose="join", holder="h", issued_at=NOW, expires_at=NOW + timedelta(minutes=5)
    )
    proof = CardProof.objects.create(
        challenge=challenge, ubn=company.ubn, organisation="x", certificate_serial="1", certificate_sha256="1",
        signed_message=b"1", verdict={}, at=NOW,
    )  # fmt: skip
    application = Application.objects.create(
        programme=edition, token="t", started_at=NOW, ubn=company.ubn, card_proof=proof
    )
    questions = questionnaires.publish_first(at=NOW)
    event = Event.objects.filter(type="order.paid").get()
    signed = {"reason": "颱風", "at": NOW, "actor_kind": "officer"}
    closure = CalendarChange.objects.create(
        kind="closure_declared", date=NOW.date(), authority="測試機關", county="臺北市", **signed
    )
    invoice = Invoice.objects.create(
        order_number=order.number, number="AB12345678", date=NOW.date(), buyer_ubn=company.ubn,
        seller_ubn=company.ubn, sales_twd=100, tax_twd=5, total_twd=105, recorded_at=NOW,
    )  # fmt: skip
    return SimpleNamespace(
        programme=edition,
        order=order,
        company=company,
        user=User.objects.get(memberships__company=company),
        proof=proof,
        application=application,
        check=Check.objects.create(
            application=application, run=1, rule="R-01", outcome="pass", sentence="", evidence=[], at=NOW
        ),
        questions=questions,
        draft=questionnaires.begin_draft(by=factories.officer(), at=NOW),
        assessment=Assessment.objects.create(
            programme=edition, company=company, admission=1, questionnaire=questions, started_at=NOW, saved_at=NOW,
            completed_at=NOW,
        ),
        consent=Consent.objects.create(
            document="d", document_version="1", text_sha256="0", case=order.case, at=NOW
        ),
        event=event,
        closure=closure,
        year=CalendarChange.objects.create(
            kind="year_imported", follows=closure, year=2028, days="0" * 366, source_sha256="0" * 64, **signed
        ),
        message=Message.objects.create(event=event, template="t", to="a@b.tw", subject="s", created_at=NOW),
        waiting=WaitingEntry.objects.create(programme=edition, company=company, completed_at=NOW),
        invoice=invoice,
        **invoice_guards.rows(invoice),
        account=Account.objects.get(key=Grant.objects.get().available_key),
        transfer=Transfer.objects.latest("id"),
        digest=_closed_day(),
        charge=Charge.objects.get(),
        contract=Contract.objects.get(),
        template=ContractTemplate.objects.get(),
        document=Document.objects.first(),
        gateway_message=GatewayMessage.objects.first(),
        grant=Grant.objects.get(),
        reservation=Reservation.objects.get(),
        reversal=Reversal.objects.create(
            grant=Grant.objects.get(), reason="r", requested_by=User.objects.first(), requested_at=NOW
        ),
        obligation=Obligation.objects.first(),
        participant=Participant.objects.get(),
        membership=Membership.objects.get(),
        plan=Plan.objects.get(),
        version=PlanVersion.objects.get(),
        solution=Solution.objects.get(),
        supplier=Supplier.objects.get(),
        **choosing_guards.rows(order),
        **ticket_guards.rows(edition, company),
        **mail_guards.rows(event, company),
        **catalogue_guards.rows(),
        clock_move=ClockMove.objects.create(shift=timedelta(days=1), shows=NOW + timedelta(days=1), moved_at=NOW),
        preference=Preference.objects.create(company=company, changed_at=NOW),
        popularity=Popularity.objects.create(
            learning=Learning.objects.create(programme=edition, as_of=NOW.date().replace(day=1), learned_at=NOW),
            industry="health", staff="alone", solution=Solution.objects.get(), companies=20,
        ),
        **chat_rows(edition),
        **expert_guards.rows(edition),
        **faq_guards.rows(),
        **ways_guards.rows(order),
        **life_guards.rows(order),
        **payment_guards.rows(order),
    )  # fmt: skip


def _closed_day() -> Digest:
    (digest,) = closing.close_days(
        by=THE_SYSTEM, at=clock.now() + timedelta(days=1)
    )  # as tomorrow, today is over
    return digest


def other(w: SimpleNamespace) -> Company:
    return w.spare_company


# guard → the ways to break it
TRIES = {
    # members
    "company_ubn_is_eight_digits": [lambda w: change(w.company, ubn="1234567x")],
    "member_email_once_whatever_the_case": [lambda w: again(w.user, email=w.user.email.upper())],
    "membership_once": [lambda w: again(w.membership, role="colleague")],
    "card_proof_append_only": [lambda w: change(w.proof, ubn="0"), lambda w: drop(w.proof)],
    "consent_append_only": [lambda w: change(w.consent, document_version="2"), lambda w: drop(w.consent)],
    "event_append_only": [lambda w: change(w.event, at=NOW), lambda w: drop(w.event)],
    # joining
    "application_open_once": [lambda w: again(w.application, token="t2")],
    "application_has_a_proved_ubn": [
        lambda w: _to_card_verified(w.application, ubn=""),
        lambda w: _to_card_verified(w.application, card_proof=None),
    ],
    "check_once_a_run": [lambda w: again(w.check)],
    "check_append_only": [lambda w: change(w.check, outcome="fail"), lambda w: drop(w.check)],
    "assessment_once": [lambda w: again(w.assessment)],
    "assessment_completed_stays": [lambda w: change(w.assessment, answers={"a": 1}), lambda w: drop(w.assessment)],
    "questionnaire_settled_stays": [
        lambda w: change(w.questions, content=[1]),
        lambda w: (change(w.draft, state="DISCARDED"), change(w.draft, content=[1])),
    ],
    "questionnaire_is_kept": [lambda w: drop(w.questions), lambda w: drop(w.draft)],
    "questionnaire_one_draft": [lambda w: again(w.draft)],
    "questionnaire_numbered_when_published": [
        lambda w: change(w.draft, number=2),
        lambda w: change(w.draft, published_at=NOW),
        lambda w: change(w.draft, state="PUBLISHED", published_at=NOW),
        lambda w: change(w.draft, state="PUBLISHED", number=2),
    ],
    "application_review_follows_from_its_length": [
        lambda w: change(w.application, review_due_at=NOW),
        lambda w: change(w.application, review_begins_at=NOW),
        lambda w: _reviewed(w.application, review_working_days=0),
    ],
    # the office calendar
    "calendar_change_in_a_row": [
        lambda w: again(w.closure, date=NOW.date() + timedelta(days=3)),  # a second first one
        lambda w: again(w.year),
    ],
    "calendar_change_is_one_of_three": [
        lambda w: again(w.closure, follows_id=w.year.pk, date=None),
        lambda w: again(w.closure, follows_id=w.year.pk, date=NOW.date() + timedelta(days=3), reason=""),
        lambda w: again(w.closure, follows_id=w.year.pk, date=NOW.date() + timedelta(days=3), authority=""),
        lambda w: again(w.closure, follows_id=w.year.pk, date=NOW.date() + timedelta(days=3), year=2028),
        lambda w: again(w.closure, follows_id=w.year.pk, kind="other", date=NOW.date() + timedelta(days=3)),
        lambda w: again(w.closure, follows_id=w.year.pk, kind="closure_revoked", date=None, revokes_id=w.closure.pk, reason=""),
        lambda w: again(w.year, follows_id=w.year.pk, days="1" * 366),
        lambda w: again(w.year, follows_id=w.year.pk, source_sha256=""),
    ],
    "calendar_change_of_a_known_county": [
        lambda w: again(w.closure, follows_id=w.year.pk, date=NOW.date() + timedelta(days=3), county="台北市")
    ],
    "calendar_change_append_only": [lambda w: change(w.closure, reason="x"), lambda w: drop(w.closure)],
    "calendar_change_fits": [
        lambda w: again(w.closure, follows_id=w.year.pk),  # the same day and county again
        lambda w: again(w.closure, follows_id=w.year.pk, kind="closure_revoked", date=None, county="", revokes_id=w.year.pk),
        lambda w: again(w.year, follows_id=w.year.pk, days="0" * 365),
        lambda w: again(w.year, follows_id=w.year.pk, year=2027),
    ],
    # points and the ledger
    "programme_office_in_a_known_county": [
        lambda w: change(w.programme, office_county=""),
        lambda w: change(w.programme, office_county="台北市"),
    ],
    "programme_points_share_is_a_fraction": [
        lambda w: change(w.programme, points_share_denominator=0, points_share_numerator=0),
        lambda w: change(w.programme, points_share_numerator=3),
    ],
    "programme_activation_within_expiry": [
        lambda w: change(w.programme, activation_months=4),
        lambda w: change(w.programme, activation_months=0),
    ],
    "programme_grants_something": [lambda w: change(w.programme, grant_points=0)],
    # recommendations
    "preference_division_is_two_digits": [
        lambda w: change(w.preference, division="5"),
        lambda w: change(w.preference, division="x1"),
    ],
    "learning_once_a_month": [lambda w: again(w.popularity.learning)],
    "learning_as_of_the_first_of_a_month": [lambda w: change(w.popularity.learning, as_of=NOW.date())],
    "popularity_once_a_group": [lambda w: again(w.popularity)],
    "popularity_tells_of_no_few": [
        lambda w: again(w.popularity, staff="", companies=9),
        lambda w: again(w.popularity, staff="", companies=0),
        lambda w: again(w.popularity, staff="", companies=21),
    ],
    "popularity_of_a_size_within_an_industry": [lambda w: again(w.popularity, industry="")],
    "popularity_stays": [lambda w: change(w.popularity, companies=30)],
    "participant_once": [lambda w: again(w.participant)],
    "grant_once": [lambda w: again(w.grant, admission=2)],
    "grant_once_an_admission": [lambda w: again(w.grant, activated_at=None, closed_at=NOW, closed_as="unactivated")],
    "grant_unactivated_was_never_used": [lambda w: change(w.grant, closed_at=NOW, closed_as="unactivated")],
    "grant_of_something": [lambda w: change(w.grant, points=0)],
    "grant_closed_with_its_time": [
        lambda w: change(w.grant, closed_at=NOW),
        lambda w: change(w.grant, closed_as="expired"),
    ],
    "reservation_once": [lambda w: again(w.reservation)],
    "reservation_of_something": [lambda w: change(w.reservation, points=0)],
    "waiting_once": [lambda w: again(w.waiting)],
    "waiting_served_or_ended": [lambda w: change(w.waiting, served_at=NOW, ended_at=NOW)],
    "reversal_open_once": [lambda w: again(w.reversal)],
    "reversal_by_two_officers": [
        lambda w: change(w.reversal, state="APPROVED"),
        lambda w: change(w.reversal, state="APPROVED", decided_by=w.reversal.requested_by),
    ],
    "reversal_says_why": [lambda w: change(w.reversal, reason="")],
    "ledger_account_only_by_transfer": [lambda w: change(w.account, guarded=False)],
    "ledger_account_begins_empty": [lambda w: again(w.account, key="x", credits_points=1)],
    "ledger_account_stays": [lambda w: drop(w.account)],
    "ledger_account_never_overdrawn": [lambda w: again(w.transfer, key="x", amount_points=9_000_000)],
    "ledger_transfer_once": [lambda w: again(w.transfer)],
    "ledger_transfer_moves_something": [lambda w: again(w.transfer, key="x", amount_points=0)],
    "ledger_transfer_two_accounts": [
        lambda w: again(w.transfer, key="x", credit_account_id=w.transfer.debit_account_id)
    ],
    "ledger_transfer_append_only": [lambda w: change(w.transfer, code="x"), lambda w: drop(w.transfer)],
    "ledger_digest_follows": [
        lambda w: _next_day(w.digest, after_id=0),
        lambda w: _next_day(w.digest, previous_sha256=""),
        lambda w: _next_day(w.digest, day=w.digest.day + timedelta(days=2)),
        lambda w: _next_day(w.digest, day=w.digest.day - timedelta(days=1)),
    ],
    "ledger_digest_covers_a_range": [lambda w: _next_day(w.digest, entries=1, points=1)],
    "ledger_digest_append_only": [lambda w: change(w.digest, key_id="x"), lambda w: drop(w.digest)],
    **catalogue_guards.TRIES,
    # orders, contracts, money
    "order_request_once": [lambda w: again(w.order, number="CE1", state="DRAFT", contract_id=None)],
    "order_split_adds_up": [lambda w: _draft(w.order, points=1)],
    "order_uses_points_and_cash": [
        lambda w: _draft(w.order, points=0, cash_twd=w.order.price_twd),
        lambda w: _draft(w.order, points=w.order.price_twd, cash_twd=0),
    ],
    "order_submitted_with_its_contract": [
        lambda w: change(w.order, contract=None),
        lambda w: change(w.order, submitted_at=None),
    ],
    "order_pins_what_was_seen": [
        lambda w: change(w.order, number="CE1"),
        lambda w: change(w.order, price_twd=2, points=1, cash_twd=1),
        lambda w: change(w.order, company=other(w)),
    ],
    "order_kept": [lambda w: drop(w.order)],
    "obligation_once": [lambda w: again(w.obligation)],
    "obligation_open_once": [lambda w: [again(w.obligation, kind="credit", fulfilled_at=None) for _ in range(2)]],
    "obligation_lasts_a_day": [
        lambda w: again(w.obligation, kind="confirm", working_days=0),
        lambda w: change(w.obligation, calendar_serial=-1),
    ],
    "obligation_of_a_known_county": [
        lambda w: again(w.obligation, kind="confirm", county="台北市")
    ],
    "obligation_stays_what_it_is": [
        lambda w: change(w.obligation, working_days=9),
        lambda w: change(w.obligation, county="連江縣"),
        lambda w: change(w.obligation, begins_at=NOW + timedelta(days=1)),
        lambda w: change(w.obligation, party="company"),
    ],
    "contract_says_what_it_said": [
        lambda w: change(w.contract, terms={}),
        lambda w: change(w.contract, buyer_ubn="12345675"),
    ],
    "document_append_only": [lambda w: change(w.document, content=b"x"), lambda w: drop(w.document)],
    "charge_one_live": [lambda w: again(w.charge, trade_no="x", state="OPEN")],
    "charge_of_something": [
        lambda w: again(w.charge, order_number="x", trade_no="x", state="OPEN", amount_twd=0)
    ],
    "gateway_message_raw_stays": [lambda w: change(w.gateway_message, body="x")],
    "gateway_message_kept": [lambda w: drop(w.gateway_message)],
    "invoice_adds_up": [lambda w: again(w.invoice, order_number="CE9", number="AB00000001", tax_twd=6)],
    "invoice_number_is_two_letters_and_eight_digits": [
        lambda w: again(w.invoice, order_number="CE9", number="ab12345678")
    ],
    **invoice_guards.TRIES,
    "message_once": [lambda w: again(w.message)],
    **choosing_guards.TRIES,
    **CHAT_TRIES,
    **ticket_guards.TRIES,
    **mail_guards.TRIES,
    # rehearsals
    "clock_move_adds_up": [lambda w: again(w.clock_move, shift=timedelta(days=2))],
    "clock_move_append_only": [
        lambda w: change(w.clock_move, shift=timedelta(0)),
        lambda w: drop(w.clock_move),
    ],
}  # fmt: skip
# proved where the transfers themselves are (tests/ledger); a total below zero can only be reached past the other guards
ELSEWHERE = {"ledger_transfer_posts", "ledger_account_totals_never_negative"}


def _next_day(digest: Digest, **changes: Any) -> None:
    """Insert what would be a good digest of the day after, but for the changes."""
    good = {
        "day": digest.day + timedelta(days=1), "after_id": digest.last_id, "last_id": digest.last_id, "entries": 0, "points": 0,
        "previous_sha256": hashlib.sha256(bytes(digest.document)).hexdigest(),
    }  # fmt: skip
    again(digest, **good | changes)


def _to_card_verified(application: Application, **changes: Any) -> None:
    change(application, state="CONSENTED")
    change(application, state="CARD_VERIFIED", **changes)


def _reviewed(application: Application, **changes: Any) -> None:
    whole = {
        "review_due_at": NOW,
        "review_begins_at": NOW,
        "review_working_days": 3,
        "review_calendar_serial": 0,
    }
    change(application, **whole | changes)


def _draft(order: Model, **changes: Any) -> None:
    again(order, **{"number": "CE1", "state": "DRAFT", "contract_id": None, "idempotency_key": "k"} | changes)


TRIES |= expert_guards.TRIES | faq_guards.TRIES | ways_guards.TRIES | life_guards.TRIES | payment_guards.TRIES


def guards() -> dict[str, bool]:
    """Every named constraint (True) and trigger (False) of our tables that refuses something; the states' triggers are tried in test_states.py."""
    found: dict[str, bool] = {}
    for model in apps.get_models():
        if model.__module__.startswith("tcloud."):
            found |= {constraint.name: True for constraint in model._meta.constraints}
            triggers = [trigger.name for trigger in getattr(model._meta, "triggers", ())]
            refusing = [name for name in triggers if not name.endswith(("_begins", "_moves", "_public"))]
            found |= {name: False for name in refusing if "_searched_" not in name}
    return found


def test_every_guard_is_tried():
    assert set(TRIES) == set(guards()) - ELSEWHERE


def _answer(attempt: Callable[[SimpleNamespace], None], world: SimpleNamespace) -> str:
    """What the database said to it; empty when it let it happen."""
    try:
        with transaction.atomic():
            attempt(world)
    except DatabaseError as error:
        return str(error)
    return ""


def test_database_refuses_to_break_any(world):
    constraints = guards()
    for guard, attempts in TRIES.items():
        for number, attempt in enumerate(attempts):
            said = _answer(attempt, world)
            by_trigger = "pgtrigger: Cannot" in said or "ledger:" in said
            assert guard in said if constraints[guard] else by_trigger, (guard, number, said)
