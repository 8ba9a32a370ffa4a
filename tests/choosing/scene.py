"""What tests of choosing begin with: orders that were completed, and what was written about them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from tcloud.catalogue.models import Plan
from tcloud.choosing import operations
from tcloud.choosing.models import Question, Review
from tcloud.core.actors import SUPPLIER, Actor
from tcloud.members.models import Company, User
from tcloud.orders import operations as orders
from tcloud.orders.models import Order
from tcloud.programme.models import Programme
from tests import factories
from tests.factories import NOW

PRAISE = "開通很快，教學清楚，同事一週就上手。"
ASKED = "請問可以匯入現有的Excel庫存表嗎？"
ANSWER = "可以，後台提供範本，匯入前會先檢查每一列。"


def completed(
    edition: Programme, of: Company, what: Plan | None = None, *, at: datetime = NOW, **changes: Any
) -> Order:
    """An order whose service the company has confirmed."""
    order = factories.delivered(edition, of, what, at=at, **changes)
    return orders.confirm(order, by=factories.actor(of), at=at)


def person(company: Company) -> User:
    """Somebody who acts for the company."""
    found = User.objects.filter(memberships__company=company).first()
    return found or factories.user(company)


def by(company: Company) -> Actor:
    """The company acting through its first person."""
    return factories.actor(company, by=person(company))


def seller(plan: Plan) -> Actor:
    """The plan's supplier acting through its first person."""
    company = plan.solution.supplier.company
    assert company is not None
    return factories.actor(company, SUPPLIER, by=person(company))


def reviewed(
    order: Order, *, rating: int = 5, text: str = PRAISE, shows_name: bool = False, at: datetime = NOW
) -> Review:
    """The company's review of a completed order."""
    return operations.write_review(
        order, rating=rating, text=text, shows_name=shows_name, by=by(order.company), at=at
    )


def asked(
    company: Company, plan: Plan, *, text: str = ASKED, is_private: bool = False, at: datetime = NOW
) -> Question:
    """A question to the plan's supplier."""
    return operations.ask(
        company,
        plan,
        text,
        is_private=is_private,
        working_days=3,
        user=person(company),
        by=by(company),
        at=at,
    )


def answered(question: Question, *, text: str = ANSWER, at: datetime = NOW) -> Question:
    """The supplier's answer."""
    return operations.answer_question(question, text, by=seller(question.plan), at=at)


def versions(plans: Sequence[Plan]) -> list[int]:
    """The ids of the versions now listed."""
    return [plan.current_id for plan in plans if plan.current_id is not None]
