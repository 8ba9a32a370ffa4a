"""Sending an order (R-21): signed contract, listed plan, open edition and points, in one transaction."""

from datetime import datetime
from typing import Final

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tcloud.contracts.terms import ContractTerms
from tcloud.core.actors import Actor
from tcloud.core.columns import rows
from tcloud.core.refusals import Refusal
from tcloud.core.transitions import advance
from tcloud.orders import obligations
from tcloud.orders.models import Order
from tcloud.orders.operations.building import check_orderable
from tcloud.orders.operations.renewing import check_still_following
from tcloud.orders.states import ORDER
from tcloud.points import operations as points

# The busiest act of an opening day reads only what decides: a row of every column of six tables costs more than all its writes, and
# writing the question by the ORM more than answering it.
_DECIDING: Final = """
    SELECT o.id, o.number, o.programme_id, o.company_id, o.supplier_id, o.plan_version_id, o.previous_order_id, o.contract_id, o.price_twd,
           o.points, o.cash_twd, o.state, o.version, o.submitted_at, p.state AS programme__state,
           p.renewals_with_points AS programme__renewals_with_points, c.ubn AS company__ubn, v.plan_id AS plan_version__plan_id,
           t.state AS contract__state, t.order_number AS contract__order_number, t.buyer_ubn AS contract__buyer_ubn, t.terms AS contract__terms
    FROM orders_order o JOIN programme_programme p ON p.id = o.programme_id JOIN members_company c ON c.id = o.company_id
    JOIN catalogue_planversion v ON v.id = o.plan_version_id LEFT JOIN contracts_contract t ON t.id = o.contract_id
    WHERE o.id = %s FOR UPDATE OF o
"""


@transaction.atomic(durable=True)
def submit(order: Order, *, by: Actor, at: datetime) -> Order:
    """R-21: submit a draft; its points are reserved and the supplier's time begins (R-22).

    R-38: sent again, or eight times at once, it is submitted once and every sender gets the same order back. Raises Refusal
    `contract.unsigned`, `contract.not_this_order`, `points.insufficient`, and those of `create`.
    """
    (row,) = rows(Order, _DECIDING, [order.pk])
    if row.submitted_at:
        return row
    check_orderable(row.programme, row.company, row.plan_version.plan_id, row.plan_version_id)
    check_still_following(row)
    contract = row.contract
    if contract is None or contract.state != "SIGNED":
        raise Refusal("contract.unsigned", _("請先以工商憑證簽署契約，再送出訂單。"))
    said = ContractTerms.from_json(contract.terms)
    if (contract.order_number, contract.buyer_ubn) != (row.number, row.company.ubn) or (
        said.price_twd,
        said.amount_points,
        said.cash_twd,
    ) != (row.price_twd, row.points, row.cash_twd):
        raise Refusal("contract.not_this_order", _("契約內容與訂單不符，請捨棄這份草稿並重新建立訂單。"))
    event = advance(
        row,
        ORDER,
        "submit",
        by=by,
        at=at,
        case=row.case,
        changes={"submitted_at": at},
        points=row.points,
        cash_twd=row.cash_twd,
    )
    points.reserve(row.programme, row.company, row.points, order_number=row.number, event=event, at=at)
    obligations.begin(row, "submit", at=at)
    return row
