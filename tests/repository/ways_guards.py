"""The guards of people, requests, following orders and leads: a row of everything they guard, and the ways to break each."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from django.db.models import Model

from tcloud.catalogue.models import Supplier
from tcloud.leads.models import Introduction, Lead
from tcloud.members.models import Company, Invitation
from tcloud.orders.models import DraftRequest, Order
from tests import factories
from tests.factories import NOW
from tests.repository.rows import again, change, drop


def rows(order: Any) -> dict[str, Any]:
    """An invitation, a request for a draft, a lead and who took it up."""
    user, company = order.created_by, order.company
    invitation = Invitation.objects.create(
        company=company, email="x@example.tw", may_order=False, token="t", invited_by=user, invited_at=NOW,
        expires_at=NOW + timedelta(days=7),
    )  # fmt: skip
    again(order, number="CE9", state="DRAFT", contract_id=None, submitted_at=None, idempotency_key="ways")
    draft = Order.objects.get(number="CE9")
    lead = Lead.objects.create(
        code="0000016JD", supplier=order.supplier, most_uses=1, made_by=user, made_at=NOW, expires_at=NOW
    )
    return {
        "invitation": invitation,
        "ways_draft": draft,
        "draft_request": DraftRequest.objects.create(order=draft, asked_by=user, asked_at=NOW),
        "lead": lead,
        "introduction": Introduction.objects.create(
            lead=lead, company=company, taken_up_by=user, taken_up_at=NOW
        ),
    }


def _draft(w: SimpleNamespace, **changes: Any) -> None:
    again(w.ways_draft, **{"number": "CE8", "idempotency_key": "ways2"} | changes)


def _of_another_supplier(w: SimpleNamespace) -> Model:
    again(w.supplier, slug="other", company_id=factories.company().pk)
    other = Supplier.objects.latest("id")
    again(w.lead, code="0000000AA", supplier_id=other.pk)
    return Lead.objects.latest("id")


def _other_company(w: SimpleNamespace) -> Company:
    return factories.company()


# guard → the ways to break it
TRIES = {
    "membership_owner_may_order": [lambda w: change(w.membership, may_order=False)],
    "invitation_one_open": [lambda w: again(w.invitation, token="u", email="X@example.tw")],
    "invitation_accepted_by_somebody": [
        lambda w: change(w.invitation, state="ACCEPTED"),
        lambda w: change(w.invitation, accepted_by=w.user),
    ],
    "invitation_stays_as_sent": [
        lambda w: change(w.invitation, email="y@example.tw"),
        lambda w: change(w.invitation, may_order=True),
    ],
    "draft_request_one_open": [lambda w: again(w.draft_request)],
    "draft_request_answered_by_somebody": [
        lambda w: change(w.draft_request, state="APPROVED"),
        lambda w: change(w.draft_request, state="RETURNED", reason="r", answered_by=w.user),
    ],
    "draft_request_returned_with_a_reason": [
        lambda w: change(w.draft_request, state="RETURNED", answered_by=w.user, answered_at=NOW)
    ],
    "draft_request_stays_as_asked": [lambda w: change(w.draft_request, note="x")],
    "draft_request_kept": [lambda w: drop(w.draft_request)],
    "order_follows_one_or_is_new": [lambda w: _draft(w, kind="renewal")],
    "order_follows_its_own": [
        lambda w: _draft(w, kind="renewal", previous_order_id=w.order.pk),  # paid, not served
        lambda w: _draft(w, kind="renewal", previous_order_id=w.ways_draft.pk),
    ],
    "order_led_by_its_supplier": [
        lambda w: _draft(w, lead_id=_of_another_supplier(w).pk),
        lambda w: change(w.ways_draft, lead=_of_another_supplier(w)),
    ],
    "order_keeps_its_lead": [lambda w: change(w.order, lead=w.lead)],
    "lead_for_one_company_or_any": [lambda w: again(w.lead, code="0000000AA", company_ubn="1234")],
    "lead_used_once_at_least": [lambda w: again(w.lead, code="0000000AA", most_uses=0)],
    "lead_stays_what_it_is": [lambda w: change(w.lead, code="x"), lambda w: change(w.lead, most_uses=9)],
    "lead_kept": [lambda w: drop(w.lead)],
    "introduction_once": [lambda w: again(w.introduction)],
    "introduction_stays_of_its_company": [lambda w: change(w.introduction, company=_other_company(w))],
}
