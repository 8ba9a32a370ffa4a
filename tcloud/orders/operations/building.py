"""From a plan to a signed contract (flyer step 3): nothing is reserved yet, everything is pinned."""

import secrets
from datetime import datetime
from typing import Final

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from tcloud.catalogue import queries as catalogue
from tcloud.catalogue.models import Plan
from tcloud.contracts import operations as contracts
from tcloud.contracts.models import Contract, SigningSession
from tcloud.contracts.sealing import SealingServices
from tcloud.contracts.terms import ContractTerms
from tcloud.core import clock
from tcloud.core.actors import Actor
from tcloud.core.refusals import Refusal
from tcloud.core.transitions import advance, binding
from tcloud.leads import queries as leads
from tcloud.members.models import Company, User
from tcloud.orders import rules
from tcloud.orders.models import Order
from tcloud.orders.operations.locking import locked
from tcloud.orders.operations.renewing import check_following, kind_of
from tcloud.orders.operations.requesting import check_answered, withdraw_open
from tcloud.orders.states import ORDER
from tcloud.points import queries as points_queries
from tcloud.points import rules as points_rules
from tcloud.programme.models import Programme

_NUMBER_TRIES: Final = 5


class KeyReused(Refusal):
    """R-38: the same idempotency key came with another body (HTTP 422)."""

    def __init__(self) -> None:
        super().__init__("request.key_reused", _("這個請求編號已用於另一張訂單，請回到方案頁重新建立訂單。"))


@transaction.atomic(durable=True)
def create(
    programme: Programme,
    company: Company,
    plan: Plan,
    *,
    version_id: int,
    points: int,
    contact: dict[str, str],
    idempotency_key: str,
    user: User,
    by: Actor,
    at: datetime,
    follows: Order | None = None,
) -> Order:
    """R-17, R-19: a draft that pins the plan's version and price as the company saw them, and its split.

    `contact` has name, email, phone. `follows`: the order whose service it renews or changes. It names the lead by which the company
    came to the plan, unless that was dropped. R-38: the same key gives the same order. Raises Refusal `programme.not_open`,
    `plan.not_listed`, `plan.changed`, `plan.not_orderable`, `order.own_plan` (R-39), `points.out_of_range`, and those of
    `check_following`; KeyReused.
    """
    asked = {"plan": plan.pk, "version": version_id, "points": points, "contact": contact}
    digest = rules.request_digest(asked | ({"follows": follows.number} if follows else {}))
    if earlier := _earlier(company, idempotency_key, digest):
        return earlier
    check_orderable(programme, company, plan.pk, version_id)
    if follows is not None:
        check_following(follows, programme, company, supplier_id=plan.solution.supplier_id)
    introduction = leads.for_plan(company, plan)
    version = plan.versions.get(pk=version_id)  # `plan` may have been read before its version changed
    _check_points(programme, company, version.price_twd, points, at=at)
    draft = Order(
        programme=programme,
        company=company,
        supplier=plan.solution.supplier,
        plan_version=version,
        kind=kind_of(follows, plan),
        previous_order=follows,
        lead=introduction.lead if introduction else None,
        price_twd=version.price_twd,
        points=points,
        cash_twd=version.price_twd - points,
        contact_name=contact["name"],
        contact_email=contact["email"],
        contact_phone=contact.get("phone", ""),
        created_by=user,
        idempotency_key=idempotency_key,
        request_sha256=digest,
        created_at=at,
    )
    return _numbered(draft, company, idempotency_key, digest)


def _earlier(company: Company, key: str, digest: str) -> Order | None:
    order = Order.objects.filter(company=company, idempotency_key=key).first()
    if order and order.request_sha256 != digest:
        raise KeyReused
    return order


def check_orderable(programme: Programme, company: Company, plan_id: int, version_id: int) -> None:
    """R-21, R-32, R-39: whether the company may order this version of the plan now. Raises Refusal as `create` says."""
    if not programme.is_open:
        raise Refusal("programme.not_open", _("本計畫目前未開放選購，開放時間請見最新公告。"))
    offered = catalogue.for_ordering(plan_id)
    if offered is None:
        raise Refusal("plan.not_listed", _("這個方案已下架，請選擇其他方案。"))
    if offered.version_id != version_id:
        raise Refusal("plan.changed", _("供應商剛更新了這個方案的內容或價格，請回到方案頁重新檢視。"))
    if not offered.takes_orders:
        raise Refusal("plan.not_orderable", _("這是公開資訊的參考方案，無法在本平台下訂。"))
    if offered.company_id == company.pk:
        raise Refusal("order.own_plan", _("不能向自己的公司下訂（計畫規定）。"))


def _check_points(
    programme: Programme, company: Company, price_twd: int, points: int, *, at: datetime
) -> None:
    most = points_rules.split(
        price_twd,
        points_queries.spendable(programme, company, at=at),
        numerator=programme.points_share_numerator,
        denominator=programme.points_share_denominator,
    ).points
    if not rules.points_allowed(points, most=most, least=programme.min_points):
        raise Refusal(
            "points.out_of_range",
            _("這張訂單可使用 %(least)s 到 %(most)s 點，請調整使用點數。")
            if most >= programme.min_points
            else _("目前沒有可用的點數，無法建立補助訂單。"),
            least=f"{programme.min_points:,}",
            most=f"{most:,}",
        )


def _numbered(draft: Order, company: Company, key: str, digest: str) -> Order:
    for _try in range(_NUMBER_TRIES):
        draft.number = rules.order_number(draft.programme.order_prefix, secrets.randbelow(10**10))
        try:
            with transaction.atomic():
                draft.save(force_insert=True)
            return draft
        except IntegrityError as error:
            if "order_request_once" in str(error):  # the same request twice at once: the other one won
                earlier = _earlier(company, key, digest)
                if earlier:
                    return earlier
            elif "number" not in str(error):
                raise
    raise RuntimeError("no free order number found")


@transaction.atomic(durable=True)
def discard(order: Order, *, by: Actor, at: datetime) -> Order:
    """Throw a draft away; it never held points. A request for it falls with it.

    Raises Refusal `order.not_your_draft`: without the right to order one throws away one's own draft only, and not while it is signed.
    """
    row = locked(order)
    if not by.may_bind and (row.created_by_id != by.user_id or row.contract_id):
        raise Refusal(
            "order.not_your_draft",
            _("您只能捨棄或修改自己建立、還沒有產生契約的草稿。請洽有訂購權限的同事。"),
        )
    withdraw_open(row, by=by, at=at)
    advance(row, ORDER, "discard", by=by, at=at, case=row.case, changes={"ended_at": at}, announce=False)
    return row


@transaction.atomic(durable=True)
def draw_up_contract(order: Order, *, by: Actor, at: datetime) -> Contract:
    """R-20: the contract whose parties, plan, term, price, points and self-payment equal the order; harmless to repeat.

    Raises Refusal `member.may_not_order`, `transition.not_now` when the order is no draft, `draft_request.open` while a colleague
    waits for an answer.
    """
    binding(by)
    row = locked(order)
    if row.contract:
        return row.contract
    if row.state != "DRAFT":
        raise Refusal("transition.not_now", _("這張訂單已送出，不能再更動契約。"))
    check_answered(row)
    contract = contracts.draw_up(terms_of(row, at=at), by=by, at=at)
    Order.objects.filter(pk=row.pk).update(contract=contract)
    return contract


def terms_of(order: Order, *, at: datetime) -> ContractTerms:
    """What the contract of this order says; every value comes from the order."""
    version, programme, supplier = order.plan_version, order.programme, order.supplier
    company = supplier.company
    if company is None:
        raise LookupError(f"supplier {supplier.slug} is no company")
    seats = [f"使用人數：{version.seats} 人"] if version.seats else []
    return ContractTerms(
        contract_number=f"T-{order.number}",
        order_number=order.number,
        programme_name=programme.name,
        buyer_name=order.company.name,
        buyer_ubn=order.company.ubn,
        buyer_address=order.company.address,
        buyer_contact=f"{order.contact_name}　{order.contact_email}　{order.contact_phone}".strip(),
        supplier_name=company.name,
        supplier_ubn=company.ubn,
        supplier_address=company.address,
        supplier_contact=supplier.contact_email,
        plan_name=version.name,
        plan_version=str(version.number),
        solution_name=version.plan.solution.name,
        specification=(
            *seats,
            *(feature["zh"] for feature in version.features),
            *([f"包含：{version.included}"] if version.included else []),
            *([f"資料存放：{version.data_location}"] if version.data_location else []),
            *([f"資料匯出：{version.export}"] if version.export else []),
            *([f"客戶支援：{version.support}"] if version.support else []),
        ),
        term_months=version.term_months,
        quantity=1,
        unit="式",
        price_twd=order.price_twd,
        amount_points=order.points,
        cash_twd=order.cash_twd,
        signing_date=clock.taipei(at).date(),
        acceptance_working_days=programme.accept_working_days,
        payment_working_days=programme.pay_working_days,
        invoice_working_days=programme.invoice_working_days,
        delivery_working_days=programme.deliver_working_days,
        confirmation_working_days=programme.confirm_working_days,
        verify_url=f"{settings.SITE_URL}/contracts/verify/?contract=T-{order.number}",
    )


def finish_company_signature(
    session: SigningSession,
    signature: bytes,
    *,
    services: SealingServices,
    by: Actor,
    at: datetime,
) -> Contract:
    """R-20: the company's card has signed. The order is still a draft until it is submitted (flyer step 3.6).

    The authorities are asked first, while nothing is locked. Raises Refusal `transition.not_now` for a discarded draft, and those of
    `contracts.seal` and `contracts.finish_signature`.
    """
    sealed = contracts.seal(session, signature, services=services, at=at)
    with transaction.atomic(durable=True):
        row = locked(Order.objects.get(contract=session.contract_id), "contract")
        if row.state == "DISCARDED":
            raise Refusal("transition.not_now", _("這份草稿已捨棄，請重新建立訂單。"))
        return contracts.finish_signature(session, sealed, by=by, at=at)
