"""The officer of a rehearsal, who moves the clock and sees the periodic jobs through."""

import time
from datetime import datetime

from scripts.journey.browser import Browser, Lost, Page

CLOCK = "/office/clock/"
MOVE = "/office/clock/move/"
SCANS_WITHIN_S = 120


class OfficeDesk:
    """Signed in once. Everything goes through the pages."""

    def __init__(self, site_url: str, *, email: str, password: str) -> None:
        self._browser = Browser(site_url)
        form = self._browser.get("/account/login/").form(having="password")
        page = self._browser.submit(form, login=email, password=password)
        if "/login/" in page.url:
            raise Lost(f"the officer could not sign in: {page.complaint}")

    def move_to(self, moment: datetime, *, purpose: str) -> None:
        """Move the clock. Raises Lost, also when the page warns that a year there has no calendar."""
        page = self._browser.get(f"{MOVE}?to={moment:%Y-%m-%dT%H:%M:%S}")
        if "辦公日曆表" in page.text:
            raise Lost(f"{moment:%F}: {page.complaint}; import that year's calendar first")
        self._confirm(page, purpose)

    def back(self) -> bool:
        """Back to real time; whether the clock had been moved. Raises Lost when it stays moved."""
        if not self._is_moved():
            return False
        self._confirm(self._browser.get(f"{MOVE}?to=real"), "演練結束")
        if self._is_moved():
            raise Lost("the clock did not go back to real time")
        return True

    def _is_moved(self) -> bool:
        """The page offers the way back only while the clock is moved."""
        return bool(self._browser.get(CLOCK).tree.xpath("//a[contains(@href, 'to=real')]"))

    def _confirm(self, page: Page, purpose: str) -> None:
        page = self._browser.submit(page.form(ends=MOVE), reason=purpose)
        if not page.url.endswith(CLOCK):
            raise Lost(f"the clock was not moved: {page.complaint}")

    def see_the_scans_through(self) -> None:
        """Wait until the page says that no periodic job is waiting or running. Raises TimeoutError."""
        give_up = time.monotonic() + SCANS_WITHIN_S
        while time.monotonic() < give_up:
            waiting = self._browser.get(CLOCK).tree.xpath("string(//@data-scans)")
            if waiting == "0":
                return
            time.sleep(0.3)
        raise TimeoutError(f"periodic jobs still run after {SCANS_WITHIN_S} s")
