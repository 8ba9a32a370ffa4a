"""order/submit-http: POST …/submission/ of drafts already signed, by companies already signed in."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from benches.client import request

COMPANIES = 16
POINTS = 3
CSRF = "c" * 32


@dataclass(frozen=True)
class Sending:
    """The requests that submit prepared drafts, and the statements that one of them costs, by kind."""

    requests: list[bytes]
    cookies: list[dict[str, str]]
    statements: Counter[str]

    def limits(self, count: int) -> list[bytes]:
        """As many requests to the minimal view, by the same people: it makes the statements that session and user leave."""
        query = urlencode(self.statements - Counter(select=2))
        return [
            request(
                "POST",
                f"/act/{7 * place}/?{query}",
                cookies=self.cookies[place % len(self.cookies)],
                X_CSRFToken=CSRF,
            )
            for place in range(count)
        ]


def prepare(drafts: int) -> Sending:
    """`drafts` signed drafts of 16 companies, and one more that is submitted here to count its statements."""
    from tcloud.catalogue.queries import orderable
    from tcloud.core import clock
    from tcloud.programme.queries import current

    programme, at = current(), clock.now()
    plan = orderable(price_min_twd=1_000).order_by("pk").first()
    people = [_company(programme, number, at=at) for number in range(COMPANIES)]
    owners = [people[number % COMPANIES] for number in range(drafts + COMPANIES)]
    orders = _drafts(programme, plan, owners, at=at)
    cookies = {company.pk: _session(user) for company, user in people}
    statements = [_count(order) for order in orders[-COMPANIES:]][
        -1
    ]  # each company's first use activates its points
    return Sending(
        [
            request(
                "POST", f"/member/orders/{order.number}/submission/", cookies=cookies[order.company_id], X_CSRFToken=CSRF
            )
            for order in orders[:drafts]
        ],
        list(cookies.values()),
        statements,
    )  # fmt: skip


def submitted() -> int:
    """How many of the drafts are submitted."""
    from tcloud.orders.models import Order

    return Order.objects.filter(state="SUBMITTED", idempotency_key__startswith="bench-").count()


def signed_in() -> dict[str, str]:
    """The cookies of a member who has just signed in."""
    from tcloud.core import clock
    from tcloud.programme.queries import current

    return _session(_company(current(), 50, at=clock.now())[1])


def _company(programme: Any, number: int, *, at: datetime) -> tuple[Any, Any]:
    from tcloud.core import ubn
    from tcloud.core.actors import THE_SYSTEM
    from tcloud.members import operations as members
    from tcloud.points import operations as points

    numbers = (
        text for value in range(60_000_000 + 100 * number, 70_000_000) if ubn.is_valid(text := f"{value:08d}")
    )
    company = members.register_company(next(numbers), name=f"量測商行 {number}", address="臺北市")
    user = members.register_person(
        company, email=f"bench{number}@example.tw", name="王小明", phone="", password_hash="!", language="zh-hant",
        by=THE_SYSTEM, at=at,
    )  # fmt: skip
    points.admit(programme, company, at=at)
    points.grant(programme, company, by=THE_SYSTEM, at=at)
    return company, user


def _drafts(programme: Any, plan: Any, owners: list[tuple[Any, Any]], *, at: datetime) -> list[Any]:
    """Rows as `create`, `draw_up_contract` and the card's signature leave them; the document's bytes are never read here."""
    from tcloud.contracts.models import Contract
    from tcloud.contracts.operations import keep
    from tcloud.orders.models import Order
    from tcloud.orders.operations.building import terms_of

    version, supplier = plan.current, plan.solution.supplier
    document = keep(b"%PDF-1.7 bench", media_type="application/pdf", at=at)
    orders = Order.objects.bulk_create(
        Order(
            number=f"BE{place:010d}", programme=programme, company=company, supplier=supplier, plan_version=version,
            price_twd=version.price_twd, points=POINTS, cash_twd=version.price_twd - POINTS, contact_name="王小明",
            contact_email=user.email, created_by=user, idempotency_key=f"bench-{place}", request_sha256="", created_at=at,
        )
        for place, (company, user) in enumerate(owners)
    )  # fmt: skip
    contracts = Contract.objects.bulk_create(
        Contract(
            number=f"T-{order.number}", order_number=order.number, buyer_ubn=order.company.ubn,
            supplier_ubn=supplier.company.ubn, template_version="bench", terms=terms_of(order, at=at).to_json(),
            document=document, drawn_up_at=at,
        )
        for order in orders
    )  # fmt: skip
    Contract.objects.filter(template_version="bench").update(state="SIGNED", version=1, signed_at=at)
    for order, contract in zip(orders, contracts, strict=True):
        order.contract = contract
    Order.objects.bulk_update(orders, ["contract"], batch_size=500)
    return orders


def _session(user: Any) -> dict[str, str]:
    from django.conf import settings
    from django.test import Client

    client = Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return {"sessionid": client.cookies[settings.SESSION_COOKIE_NAME].value, "csrftoken": CSRF}


def _count(order: Any) -> Counter[str]:
    """The statements of the whole request, its session and user included, by kind."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client = Client(raise_request_exception=True)
    client.force_login(order.created_by, "django.contrib.auth.backends.ModelBackend")
    with CaptureQueriesContext(connection) as captured:
        answer = client.post(f"/member/orders/{order.number}/submission/")
    if answer.status_code != 302:
        raise RuntimeError(f"submission answered {answer.status_code}")
    return Counter(kind for row in captured.captured_queries if (kind := _kind(row["sql"])))


def _kind(sql: str) -> str:
    word = sql.split(None, 1)[0].upper()
    if word == "SELECT":
        return "lock" if "FOR UPDATE" in sql else "select"
    if word in ("UPDATE", "INSERT", "SAVEPOINT"):
        return word.lower()
    return "" if word in ("BEGIN", "COMMIT", "RELEASE", "SET") else "select"
