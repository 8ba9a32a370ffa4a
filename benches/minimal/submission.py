"""The submission of an order as bare statements: the same to the database as the product's, and nothing decided between them."""

import json
from datetime import timedelta

from django.contrib.auth.decorators import login_required
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_POST

from tcloud.core import clock

MEMBER = """
    SELECT m.id, m.user_id, m.company_id, m.role, m.may_order, c.id, c.ubn, c.name, c.address, c.responsible_name, c.is_synthetic, c.joined_at
    FROM members_membership m JOIN members_company c ON m.company_id = c.id
    WHERE m.user_id = %s AND (NOT EXISTS (SELECT 1 FROM catalogue_supplier s WHERE s.company_id = m.company_id)
        OR EXISTS (SELECT 1 FROM points_participant p WHERE p.company_id = m.company_id)) ORDER BY m.id
"""
FIND = "SELECT id FROM orders_order WHERE company_id = %s AND number = %s"
LOCK = """
    SELECT o.id, o.number, o.programme_id, o.company_id, o.supplier_id, o.plan_version_id, o.previous_order_id, o.contract_id, o.price_twd, o.points,
           o.cash_twd, o.state, o.version, o.submitted_at, p.id, p.state, p.renewals_with_points, c.id, c.ubn, v.id, v.plan_id,
           t.id, t.order_number, t.buyer_ubn, t.terms, t.state
    FROM orders_order o JOIN programme_programme p ON o.programme_id = p.id JOIN members_company c ON o.company_id = c.id
    JOIN catalogue_planversion v ON o.plan_version_id = v.id LEFT JOIN contracts_contract t ON o.contract_id = t.id
    WHERE o.id = %s FOR UPDATE OF o
"""
PLAN = """
    SELECT p.current_id, s.takes_orders, s.company_id FROM catalogue_plan p JOIN catalogue_solution n ON p.solution_id = n.id
    JOIN catalogue_supplier s ON n.supplier_id = s.id WHERE p.delisted_at IS NULL AND p.listed_at IS NOT NULL AND p.id = %s
"""
MOVE = "UPDATE orders_order SET state = 'SUBMITTED', version = version + 1, submitted_at = %s WHERE id = %s AND state = 'DRAFT' AND version = 0"
RECORD = "SELECT core_record_event('order.submitted', %s, %s, %s, 'company', %s, %s, %s, %s::jsonb, true)"
RESERVE = "SELECT points_reserve(%s, %s, %s, %s, %s, %s)"
CALENDAR = "SELECT coalesce(max(id), 0) FROM core_calendarchange"
OWE = """
    INSERT INTO orders_obligation (order_id, kind, party, begins_at, working_days, county, due_at, calendar_serial)
    VALUES (%s, 'accept', 'supplier', %s, 3, '臺北市', %s, 0) RETURNING id
"""
# With those of the session and the user
STATEMENTS = 2 + len((MEMBER, FIND, LOCK, PLAN, MOVE, RECORD, RESERVE, CALENDAR, OWE))


@login_required
@require_POST
def submission(request: HttpRequest, number: str) -> HttpResponse:
    """Submit the draft with this number, right or wrong."""
    at, user = clock.now(), request.user
    with connection.cursor() as cursor:
        cursor.execute(MEMBER, [user.pk])
        member = cursor.fetchone()
        cursor.execute(FIND, [member[2], number])
        (pk,) = cursor.fetchone()
        with transaction.atomic():
            cursor.execute(LOCK, [pk])
            order = cursor.fetchone()
            cursor.execute(PLAN, [order[20]])
            cursor.fetchone()
            cursor.execute(MOVE, [at, pk])
            data = json.dumps({"from": "DRAFT", "to": "SUBMITTED", "points": order[9], "cash_twd": order[10]})
            name = f"{member[7]} {user.name}"  # type: ignore[union-attr]
            cursor.execute(
                RECORD, [f"orders.order/{pk}", f"order/{number}", at, user.pk, member[2], name, data]
            )
            (event,) = cursor.fetchone()
            cursor.execute(RESERVE, [order[2], member[2], order[9], number, event, at])
            cursor.execute(CALENDAR)
            cursor.fetchone()
            cursor.execute(OWE, [pk, at, at + timedelta(days=5)])
    return HttpResponseRedirect("/")
