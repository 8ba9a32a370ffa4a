"""Letters before the end of a service, and what is no longer said once it was answered."""

from datetime import timedelta

import pytest
from django.core import mail

from tcloud.core.models import Event
from tcloud.members import operations as members
from tcloud.orders import operations as orders
from tcloud.outbox import operations
from tcloud.programme.models import Programme
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def sent(type_, *, at):
    mail.outbox.clear()
    operations.deliver(Event.objects.filter(type=type_).latest("id").pk, at=at)
    return [f"{each.subject}\n{each.body}" for each in mail.outbox]


@pytest.fixture
def served():
    edition = factories.programme()
    company = factories.granted(edition)
    return factories.completed(edition, company, factories.plan(price_twd=20_000))


@pytest.mark.parametrize(
    ("points_left", "allowed", "late", "words"),
    [
        (True, True, False, ("服務即將到期", "可以用剩下的點數續約")),
        (False, True, False, ("服務即將到期", "沒有可用的點數")),
        (True, False, False, ("服務即將到期", "只用於新導入的服務")),
        (False, True, True, ("服務期間已結束", "已於")),
    ],
)
def test_term_ending_says_how_it_can_go_on(served, monkeypatch, points_left, allowed, late, words):
    Programme.objects.update(renewals_with_points=allowed)
    monkeypatch.setattr(
        "tcloud.outbox.letters.ways.points.spendable", lambda *a, **k: 20_000 if points_left else 0
    )
    at = served.service_ends_at + timedelta(days=1) if late else served.renewal_notice_at
    assert orders.send_renewal_notices(at=at) == 1
    letters = sent("order.term_ending", at=at)
    assert letters
    assert all(word in letter for letter in letters for word in words)


def test_nothing_is_said_once_it_was_answered_or_renewed(served):
    edition, company = served.programme, served.company
    owner = served.created_by
    by = factories.actor(company, by=owner)
    invitation = members.invite(company, email="x@example.tw", may_order=True, user=owner, by=by, at=NOW)
    assert len(sent("member.invited", at=NOW)) == 1
    members.revoke(invitation, by=by, at=NOW)
    assert sent("member.invited", at=NOW) == []
    orders.send_renewal_notices(at=served.renewal_notice_at)
    factories.submitted(edition, company, served.plan_version.plan, follows=served, points=5_000)
    assert sent("order.term_ending", at=served.renewal_notice_at) == []
