"""What tests begin with, made by the operations themselves. Moments are given; NOW is a Friday morning in Taipei."""

import functools
import itertools
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction
from django.test import Client

from tcloud.catalogue import operations as catalogue
from tcloud.catalogue import shipped
from tcloud.catalogue.models import Plan, PlanChange, Supplier
from tcloud.contracts import operations as contracts
from tcloud.contracts.document import Party
from tcloud.contracts.models import Contract, SigningSession
from tcloud.core import calendar
from tcloud.core import operations as calendar_acts
from tcloud.core import ubn as ubns
from tcloud.core.actors import COMPANY, OFFICER, SUPPLIER, THE_SYSTEM, Actor
from tcloud.core.clock import TAIPEI
from tcloud.core.models import CalendarChange
from tcloud.members import operations as members
from tcloud.members.models import Company, User
from tcloud.orders import operations as orders
from tcloud.orders.models import Order
from tcloud.points import operations as points
from tcloud.points.models import Grant, WaitingEntry
from tcloud.programme import operations as programmes
from tcloud.programme.models import Programme
from tests.adapters.card import pki
from tests.adapters.card.authorities import AllGood, policy, services

NOW = datetime(2027, 1, 15, 10, 0, tzinfo=TAIPEI)
PASSWORD = "correct-horse-battery"
_serial = itertools.count(1)
_ubns = (text for number in itertools.count(50_000_000) if ubns.is_valid(text := f"{number:08d}"))


@contextmanager
def guards_off() -> Iterator[None]:
    """No trigger of the database refuses meanwhile, as a superuser may have it: for what time alone, or a fault, brings about."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        yield
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")


def programme(*, appropriation: int = 3_000_000, at: datetime = NOW, **numbers: Any) -> Programme:
    """An open edition with the flyer's numbers and a budget in points (0 for none)."""
    contracts.publish_first_template(at=at)
    made = programmes.create(by=THE_SYSTEM, at=at, **{"code": f"edition-{next(_serial)}"} | numbers)
    made = programmes.open_edition(made, by=THE_SYSTEM, at=at)
    if appropriation:
        points.appropriate(made, appropriation, reference="test", by=THE_SYSTEM, at=at)
    else:
        points.appropriate(made, 1, reference="test", by=THE_SYSTEM, at=at)
    return made


def company(ubn: str | None = None, *, name: str = "") -> Company:
    number = ubn or next(_ubns)
    return members.register_company(number, name=name or f"測試商行 {number}", address="臺北市中正區")


def user(of: Company | None = None, *, email: str = "", staff_role: str = "", name: str = "王小明") -> User:
    """A person; acting for a company, or for the programme."""
    address = email or f"user{next(_serial)}@example.tw"
    if of is None:
        return User.objects.create_user(address, PASSWORD, name=name, staff_role=staff_role)
    from django.contrib.auth.hashers import make_password

    return members.register_person(
        of, email=address, name=name, phone="02-1234-5678", password_hash=make_password(PASSWORD),
        language="zh-hant", by=THE_SYSTEM, at=NOW,
    )  # fmt: skip


def signed_in(person: User) -> Client:
    """A browser in which this person is signed in."""
    client = Client()
    client.force_login(person, "django.contrib.auth.backends.ModelBackend")
    return client


def participant(edition: Programme, *, ubn: str | None = None, at: datetime = NOW) -> Company:
    made = company(ubn)
    points.admit(edition, made, at=at)
    return made


def granted(edition: Programme, *, ubn: str | None = None, at: datetime = NOW) -> Company:
    """A company that has received its points."""
    made = participant(edition, ubn=ubn, at=at)
    outcome: Grant | WaitingEntry = points.grant(edition, made, by=actor(made), at=at)
    assert isinstance(outcome, Grant)
    return made


def actor(of: Company, kind: str = COMPANY, *, by: User | None = None) -> Actor:
    return Actor(kind, by.pk if by else None, of.pk, of.name)


def officer(by: User | None = None) -> Actor:
    return Actor(OFFICER, by.pk if by else None, None, "執行單位")


def closure(day: date, county: str = "", *, at: datetime = NOW, reason: str = "颱風") -> CalendarChange:
    """Offices closed on `day`, in the nation or a county, as an officer declares it."""
    (made,) = calendar_acts.declare_closure(
        day,
        [county],
        reason=reason,
        authority="測試機關",
        drawn_from=calendar.serial_now(),
        by=officer(),
        at=at,
    )
    return made


def supplier(*, ubn: str | None = None, at: datetime = NOW) -> Supplier:
    catalogue.import_categories()
    number = next(_serial)
    row = {
        "slug": f"supplier-{number}", "name_zh": f"測試廠商 {number}", "name_en": f"Supplier {number}", "kind": "demo",
        "intro_zh": "", "intro_en": "", "website": None, "support_hours_zh": "", "support_hours_en": "",
        "orderable": True, "not_orderable_reason_zh": None, "not_orderable_reason_en": None,
        "contact_email": f"sales{number}@example.tw",
    }  # fmt: skip
    return catalogue.add_supplier(row, company=company(ubn), by=THE_SYSTEM, at=at)


def plan(of: Supplier | None = None, *, price_twd: int = 60_000, at: datetime = NOW, **changes: Any) -> Plan:
    row: dict[str, Any] = {
        "code": f"plan-{next(_serial)}", "category": "stock", "solution_zh": f"雲倉 {next(_serial)}", "solution_en": "Stock",
        "plan_zh": "標準版", "plan_en": "Standard", "blurb_zh": "庫存不再靠記性。", "blurb_en": "Stock kept.",
        "description_zh": "說明", "description_en": "Text", "features": [{"zh": "盤點", "en": "Count"}],
        "included_zh": "教學", "included_en": "Lesson", "price_twd": price_twd, "term_months": 12, "seats": 3,
        "trial": False, "data_location": "臺灣", "data_location_en": "Taiwan", "certifications": [], "integrations": [],
        "integrations_en": [], "support_zh": "電話", "support_en": "Phone", "export_zh": "CSV", "export_en": "CSV",
        "keywords_zh": ["庫存"], "source": {"kind": "demo"},
    }  # fmt: skip
    return catalogue.list_plan(of or supplier(at=at), row | changes, by=THE_SYSTEM, at=at)


@functools.cache
def card(ubn: str) -> pki.Holder:
    """The company's card; one key for all, which is quick and proves the same."""
    return pki.card(ubn=ubn, organisation=f"測試商行 {ubn}", key_name="any company")


def draft(
    edition: Programme, of: Company, what: Plan | None = None, *, at: datetime = NOW, **changes: Any
) -> Order:
    """An order not yet signed, using the most points it may."""
    chosen = what or plan(at=at)
    assert chosen.current is not None
    values: dict[str, Any] = {
        "version_id": chosen.current_id,
        "points": min(chosen.current.price_twd // 2, 30_000),
        "contact": {"name": "王小明", "email": "owner@example.tw", "phone": "02-1234-5678"},
        "idempotency_key": uuid.uuid4().hex,
        "user": of.memberships.first().user if of.memberships.exists() else user(of),
        "by": actor(of),
    }
    return orders.create(edition, of, chosen, at=at, **values | changes)


def prepared(contract: Contract, party: Party, *, at: datetime = NOW) -> SigningSession:
    """The contract waiting for the card of the party that is to sign."""
    ubn = contract.buyer_ubn if party is Party.BUYER else contract.supplier_ubn
    by = Actor(COMPANY if party is Party.BUYER else SUPPLIER)
    return contracts.prepare_signature(
        contract, card(ubn).der, party=party, by=by, at=at, policy=policy(), revocation=AllGood()
    )


def tbs(session: SigningSession) -> bytes:
    import base64

    return base64.b64decode(session.parameters["tbs"])


def signature(session: SigningSession) -> bytes:
    """What the card answers to the signing session."""
    return card(session.signer_ubn).sign(tbs(session))


def signed(
    edition: Programme, of: Company, what: Plan | None = None, *, at: datetime = NOW, **changes: Any
) -> Order:
    """A draft whose contract the company's card has signed."""
    order = draft(edition, of, what, at=at, **changes)
    contract = orders.draw_up_contract(order, by=actor(of), at=at)
    session = prepared(contract, Party.BUYER, at=at)
    orders.finish_company_signature(session, signature(session), services=services(at), by=actor(of), at=at)
    order.refresh_from_db()
    return order


def submitted(
    edition: Programme, of: Company, what: Plan | None = None, *, at: datetime = NOW, **changes: Any
) -> Order:
    return orders.submit(signed(edition, of, what, at=at, **changes), by=actor(of), at=at)


def supplier_actor(order: Order) -> Actor:
    assert order.supplier.company is not None
    return actor(order.supplier.company, SUPPLIER)


def accepted(
    edition: Programme, of: Company, what: Plan | None = None, *, at: datetime = NOW, **changes: Any
) -> Order:
    """Submitted, and countersigned by the supplier's card."""
    order = submitted(edition, of, what, at=at, **changes)
    assert order.contract is not None
    session = prepared(Contract.objects.get(pk=order.contract_id), Party.SUPPLIER, at=at)
    return orders.accept(
        order, session, signature(session), services=services(at), by=supplier_actor(order), at=at
    )


def paid(
    edition: Programme, of: Company, what: Plan | None = None, *, at: datetime = NOW, **changes: Any
) -> Order:
    from tests.payments.gateway import notice, settle

    order = accepted(edition, of, what, at=at, **changes)
    assert settle(notice(order, at=at), at=at) == "paid"
    order.refresh_from_db()
    return order


def delivered(
    edition: Programme, of: Company, what: Plan | None = None, *, at: datetime = NOW, **changes: Any
) -> Order:
    order = paid(edition, of, what, at=at, **changes)
    return orders.deliver(order, note="請以信箱登入", by=supplier_actor(order), at=at)


def completed(
    edition: Programme, of: Company, what: Plan | None = None, *, at: datetime = NOW, **changes: Any
) -> Order:
    order = delivered(edition, of, what, at=at, **changes)
    return orders.confirm(order, by=actor(of), at=at)


def plan_change(
    of: Supplier | None = None, on: Plan | None = None, *, at: datetime = NOW, **content: Any
) -> PlanChange:
    """A complete draft: of a new plan, or with `on` of a change to that plan; `content` changes fields."""
    of = of or (on.solution.supplier if on else supplier(at=at))
    assert of.company is not None
    by = actor(of.company, SUPPLIER)
    change = catalogue.begin_change(of, on, by=by, at=at)
    whole: dict[str, Any] = {
        "name": "雲倉 專業版", "name_en": "Stock Professional", "blurb": "庫存不再靠記性。", "description": "說明",
        "included": "教學", "data_location": "臺灣", "support": "電話", "export": "CSV", "price_twd": 60_000,
        "term_months": 12, "features": [{"zh": "盤點", "en": "Count"}], "answers": answers_for("stock"),
    }  # fmt: skip
    if on is None:
        whole |= {"solution_name": f"新雲倉 {next(_serial)}", "category": "stock"}
    return catalogue.save_change(change, whole | content, version=change.version, by=by, at=at)


def answers_for(category: str) -> dict[str, Any]:
    """An answer to every question that must be answered."""
    plain = {"yes_no": True, "number": 3}
    return {
        question["code"]: plain[question["kind"]]
        if question["kind"] in plain
        else question["choices"][0]["code"]
        for question in shipped.answer_template(category)
        if not question.get("optional")
    }


def submitted_change(*args: Any, at: datetime = NOW, **options: Any) -> PlanChange:
    """Waiting for the officer's review."""
    change = plan_change(*args, at=at, **options)
    return catalogue.submit_change(change, version=change.version, by=change_actor(change), at=at)


def change_actor(change: PlanChange) -> Actor:
    assert change.supplier.company is not None
    return actor(change.supplier.company, SUPPLIER)
