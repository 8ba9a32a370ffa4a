"""The pages of recommendations in a real browser: axe finds nothing, nothing scrolls sideways, plans are compared and the switch works."""

from collections.abc import Callable

import pytest

from tcloud.assessment import operations as assessment
from tcloud.members import cards
from tests import factories
from tests.browser.conftest import Person, accessible
from tests.recommendations.conftest import assessed

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.django_db(transaction=True),
]


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_company_reads_compares_and_switches(
    width: int, person: Callable[..., Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cards, "trust_policy", lambda **_options: factories.policy())
    assessment.publish_first(at=factories.NOW)
    edition = factories.programme(code="tcloud")
    company = assessed(edition, industry="wholesale_retail", staff_count="under_30")
    for number, code in enumerate(("stock", "payroll", "backup", "project")):
        factories.plan(
            category=code, price_twd=20_000 * (number + 1), trial=number == 1, industries=["47", "86"]
        )
    owner = person(width)
    owner.sign_in(company.memberships.first().user.email)
    for prefix in ("", "/en"):
        for path in ("recommendations/", "recommendations/why/", "", "assessment/result/"):
            owner.open(f"{prefix}/member/{path}")
            accessible(owner)
    owner.open("/member/recommendations/")
    for box in owner.page.locator("[name=compare]").all()[:2]:
        box.check()
    owner.turn(owner.page.locator(".tray button"))
    owner.arrive("**compare=**")
    owner.open("/member/recommendations/why/")
    owner.page.select_option("[name=division]", "56")
    owner.press("更新行業")
    owner.arrive("**/recommendations/")
    owner.open("/member/recommendations/why/")
    owner.press("關閉個人化推薦")
    owner.page.get_by_role("button", name="開啟個人化推薦").wait_for()
    owner.look("/member/recommendations/")
    assert not owner.page.locator(".rec").count()
    assert not owner.complaints
