"""The parts of the rehearsed lives that can be tried without a demo: what they read from pages and mailbox, and how they go back."""

from datetime import datetime
from typing import Any

import httpx
import lxml.html
import pytest

from scripts.journey import __main__ as journey
from scripts.journey.browser import Lost, Page
from scripts.journey.lives import LIVES
from scripts.journey.office import OfficeDesk
from scripts.journey.outside import Outside

MOMENT = datetime(2027, 3, 1, 0, 1)
FORM = '<form method="post" action="/office/clock/move/"><input type="hidden" name="to" value="x"></form>'
HISTORY = "<table><tr><td>與實際時間相同</td></tr></table>"
WAY_BACK = '<a href="/office/clock/move/?to=real">回到實際時間</a>'


def page(content: str, path: str = "/office/clock/") -> Page:
    return Page(f"http://site{path}", 200, lxml.html.fromstring(f"<html><main>{content}</main></html>"))


class Pages:
    """A browser that shows these pages in turn and notes what was opened and sent."""

    def __init__(self, *pages: Page) -> None:
        self._pages = list(pages)
        self.opened: list[str] = []
        self.sent: list[dict[str, Any]] = []

    def get(self, path: str) -> Page:
        self.opened.append(path)
        return self._pages.pop(0)

    def submit(self, form: Any, **values: Any) -> Page:
        self.sent.append(form.values | values)
        return self._pages.pop(0)


def desk(*pages: Page) -> tuple[OfficeDesk, Pages]:
    made, browser = OfficeDesk.__new__(OfficeDesk), Pages(*pages)
    made._browser = browser  # type: ignore[assignment]
    return made, browser


def test_every_end_has_its_life_and_returns_or_spends_every_point() -> None:
    assert set(LIVES) == set(journey.ENDS)
    for life in LIVES.values():
        sums = {code: sum(n for kind, n in life.entries if kind == code) for code, _n in life.entries}
        spent = sum(sums.get(code, 0) for code in ("redeem", "return", "expire"))
        assert sums["grant"] - spent in (0, 30_000)  # unused: the second grant is still there
        assert sums.get("reserve", 0) == sums.get("redeem", 0) + sums.get("release", 0)


def test_figure_is_read_beside_its_label() -> None:
    shown = page(
        "<dl><div><dt>現在可用</dt><dd><b>30,000 點</b></dd></div><div><dt>訂單保留中</dt><dd><b>0 點</b></dd></div></dl>"
    )
    assert (shown.figure("現在可用"), shown.figure("保留")) == ("30,000 點", "0 點")
    with pytest.raises(Lost, match="已折抵"):
        shown.figure("已折抵")


def test_back_goes_by_the_way_back_and_not_by_the_history() -> None:
    office, browser = desk(page(HISTORY))
    assert not office.back()
    office, browser = desk(page(HISTORY + WAY_BACK), page(FORM), page(HISTORY), page(HISTORY))
    assert office.back()
    assert browser.opened[1] == "/office/clock/move/?to=real"
    assert len(browser.sent) == 1


def test_back_says_so_when_the_clock_stays_moved() -> None:
    office, _browser = desk(page(WAY_BACK), page(FORM), page(WAY_BACK), page(WAY_BACK))
    with pytest.raises(Lost, match="did not go back"):
        office.back()


def test_move_to_goes_nowhere_without_a_calendar() -> None:
    office, browser = desk(page(f"還沒有 2028 年的政府行政機關辦公日曆表{FORM}", "/office/clock/move/"))
    with pytest.raises(Lost, match="calendar"):
        office.move_to(MOMENT, purpose="演練")
    assert browser.sent == []


def test_move_to_says_what_the_page_objects_to() -> None:
    office, _browser = desk(page(FORM), page("<p role='alert'>時鐘沒有移動</p>", "/office/clock/move/"))
    with pytest.raises(Lost, match="時鐘沒有移動"):
        office.move_to(MOMENT, purpose="演練")


def test_mail_to_takes_only_what_came_after_and_says_what_it_must() -> None:
    letters = [
        {"id": 3, "subject": "點數", "text": "期限：2027年2月28日"},
        {"id": 5, "subject": "點數", "text": "期限：2027年3月28日"},
    ]

    def answer(request: httpx.Request) -> httpx.Response:
        since = int(request.url.params["since_id"])
        return httpx.Response(200, json=[row for row in letters if row["id"] > since])

    outside = Outside({"mail_url": "http://mail.test/mail/"})
    outside._http = httpx.Client(transport=httpx.MockTransport(answer))
    assert outside.latest_mail("a@example.tw") == 5
    assert outside.mail_to("a@example.tw", saying="2月28日")["id"] == 3
    with pytest.raises(TimeoutError, match="2月28日"):
        outside.mail_to("a@example.tw", saying="2月28日", after=3, within_s=0.1)
    outside._http.close()
