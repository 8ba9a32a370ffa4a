"""Companies whose points have seen everything, for looking at and checking the pages of points."""

from dataclasses import dataclass
from datetime import timedelta

from tcloud.core import clock
from tcloud.members.models import Company, User
from tcloud.orders import operations as orders
from tcloud.programme.models import Programme
from tests import factories
from tests.points.lives import Life


@dataclass
class Scene:
    """`company` lost its first grant unactivated and uses its second; `other` had its only one reversed by an officer."""

    edition: Programme
    company: Company
    other: Company
    person: User
    officer: User

    @property
    def grant_id(self) -> int:
        return int(self.company.grants.latest("id").pk)


def scene() -> Scene:
    """Made a month ago and since, by the clock of now."""
    now = clock.now()
    edition = factories.programme(code="tcloud", appropriation=3_000_000, at=now - timedelta(days=60))
    life = Life(edition, at=now - timedelta(days=40))
    company = life.company
    person = factories.user(company, name="林小光")
    life.at = now - timedelta(days=8)
    life.end("return")
    life.again()
    at = now - timedelta(days=6)
    seller = factories.supplier(at=at)
    done = factories.delivered(edition, company, factories.plan(seller, price_twd=24_000), at=at)
    orders.confirm(done, by=factories.actor(company), at=at + timedelta(hours=3))
    declined = factories.submitted(
        edition, company, factories.plan(seller, price_twd=9_000), at=at + timedelta(hours=5)
    )
    orders.decline(
        declined,
        reason="這個月的名額已滿。",
        by=factories.supplier_actor(declined),
        at=at + timedelta(hours=9),
    )
    factories.submitted(
        edition, company, factories.plan(seller, price_twd=16_000), at=now - timedelta(days=1)
    )
    other = Life(edition, at=now - timedelta(days=20))
    other.reserve(8_000)
    other.end("reverse", by=factories.officer(), reason="同一負責人以兩家企業重複申請。")
    ended = Life(edition, at=now - timedelta(days=30))
    ended.redeem(ended.reserve(12_500))
    ended.end("expire")
    officer = factories.user(staff_role="officer", name="王執行")
    return Scene(edition, company, other.company, person, officer)
