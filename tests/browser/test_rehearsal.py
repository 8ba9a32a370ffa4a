"""The rehearsal clock in a real browser: an officer moves time, every page says so, and all of it is accessible."""

from collections.abc import Callable
from typing import Any

import pytest

from tcloud.core import clock
from tcloud.rehearsal.models import ClockMove
from tests import factories
from tests.browser.conftest import Person
from tests.conftest import Rehearsal

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.django_db(transaction=True),
]


@pytest.mark.parametrize("width", [390, 1280])
def test_an_officer_moves_the_clock_and_every_page_says_so(
    world: Any, person: Callable[..., Person], rehearsal: Rehearsal, width: int
) -> None:
    factories.granted(factories.programme(code="tcloud", at=clock.now()), at=clock.now())
    officer, visitor = person(width), person(width)
    officer.sign_in(factories.user(staff_role="officer").email)
    officer.arrive("**/office/")

    officer.look("/office/clock/")
    officer.follow("下一筆點數的啟用期限之後")
    assert "1 筆點數會過啟用期限或使用期限" in officer.page.locator("main").inner_text()
    officer.press("移動時鐘")
    officer.arrive("**/office/clock/")
    assert ClockMove.objects.count() == 1

    visitor.look("/plans/")
    bar = visitor.page.get_by_role("region", name="演練時鐘")
    assert "比實際時間快" in bar.inner_text()
    visitor.page.emulate_media(media="print")
    assert bar.is_visible()

    officer.follow("回到實際時間")
    officer.press("移動時鐘")
    officer.arrive("**/office/clock/")
    visitor.open("/en/plans/")
    assert visitor.page.get_by_role("region", name="Rehearsal clock").count() == 0
    assert not officer.complaints
    assert not visitor.complaints
