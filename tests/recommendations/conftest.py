"""A company that has sent its assessment, in an open edition, and plans to recommend."""

from collections.abc import Callable
from typing import Any

import pytest

from tcloud.assessment import operations as assessment
from tcloud.assessment.models import Assessment
from tcloud.eligibility.models import Application, Check
from tcloud.members.models import CardChallenge, CardProof, Company
from tcloud.programme.models import Programme
from tests import factories
from tests.assessment.test_operations import ANSWERS
from tests.factories import NOW


@pytest.fixture
def edition(db: None) -> Programme:
    assessment.publish_first(at=NOW)
    return factories.programme(code="tcloud")


def assessed(edition: Programme, company: Company | None = None, **answers: Any) -> Company:
    """The company (a new one) with its assessment sent: the neediest answers but for those given."""
    company = company or factories.participant(edition)
    row = assessment.start(edition, company, by=factories.actor(company), at=NOW)
    Assessment.objects.filter(pk=row.pk).update(answers=ANSWERS | answers)
    user = company.memberships.first().user if company.memberships.exists() else factories.user(company)
    assessment.complete(row, user=user, by=factories.actor(company), at=NOW)
    return company


@pytest.fixture
def member(edition: Programme) -> Company:
    return assessed(edition, industry="wholesale_retail", staff_count="under_30")


@pytest.fixture
def registered() -> Callable[..., None]:
    """Say what the tax register said of a company when it joined: its industries as six-digit codes; None when it was silent."""

    def say(company: Company, edition: Programme, *codes: str, silent: bool = False, run: int = 1) -> None:
        challenge = CardChallenge.objects.create(
            nonce=f"{company.pk}/{run}", purpose="join", holder="h", issued_at=NOW, expires_at=NOW
        )
        proof = CardProof.objects.create(
            challenge=challenge, ubn=company.ubn, organisation="x", certificate_serial="1", certificate_sha256="1",
            signed_message=b"1", verdict={}, at=NOW,
        )  # fmt: skip
        application, _made = Application.objects.get_or_create(
            programme=edition,
            ubn=company.ubn,
            defaults={"token": company.ubn, "card_proof": proof, "started_at": NOW},
        )
        said = {"registered": True, "concluded": {"industries": [[code, "名稱"] for code in codes]}}
        evidence = [
            {"source": "gcis", "facts": {}},
            {"source": "tax_registry", "facts": {} if silent else said},
        ]
        Check.objects.create(
            application=application,
            run=run,
            rule="R-01",
            outcome="pass",
            sentence="",
            evidence=evidence,
            at=NOW,
        )

    return say


def next_month() -> Any:
    """The first moment of the month after the orders of a test."""
    return NOW.replace(month=NOW.month + 1, day=1, hour=3)
