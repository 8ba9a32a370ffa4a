"""order/submit-http: POST …/submission/ of drafts already signed, by companies already signed in."""

from datetime import datetime
from typing import Any

from benches.client import CSRF, request, statements
from benches.minimal.submission import STATEMENTS

COMPANIES = 16
POINTS = 3


def prepare(drafts: int) -> tuple[list[bytes], list[bytes]]:
    """Requests that submit prepared drafts, and as many to the minimal view that submit others of the same companies.

    Raises RuntimeError when a submission is no longer as many statements as the minimal view makes.
    """
    from tcloud.catalogue.queries import orderable
    from tcloud.core import clock
    from tcloud.programme.queries import current

    programme, at = current(), clock.now()
    plan = orderable(price_min_twd=1_000).order_by("pk").first()
    people = [_company(programme, number, at=at) for number in range(COMPANIES)]
    owners = [people[number % COMPANIES] for number in range(2 * drafts + COMPANIES)]
    orders = _drafts(programme, plan, owners, at=at)
    for order in orders[-COMPANIES:]:  # each company's first use activates its points
        made = _statements(order)
    if made != STATEMENTS:
        raise RuntimeError(f"a submission is {made} statements, the minimal view makes {STATEMENTS}")
    cookies = {company.pk: _session(user) for company, user in people}

    def post(path: str, order: Any) -> bytes:
        return request("POST", path.format(order.number), cookies=cookies[order.company_id], X_CSRFToken=CSRF)

    ours = [post("/member/orders/{}/submission/", order) for order in orders[:drafts]]
    least = [post("/submission/{}/", order) for order in orders[drafts : 2 * drafts]]
    return ours, least


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


def _statements(order: Any) -> int:
    from django.test import Client

    client = Client(raise_request_exception=True)
    client.force_login(order.created_by, "django.contrib.auth.backends.ModelBackend")
    return statements(lambda: client.post(f"/member/orders/{order.number}/submission/"))
