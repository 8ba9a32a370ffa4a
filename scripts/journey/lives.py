"""Lives of a grant, rehearsed to their end: an officer moves the clock, scans and letters follow (R-13, R-14, R-16).

Each is one company with a browser, a card and a mailbox. What it sees is read from the pages and the mailbox; only the moments to move to
come from the database.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar, Final

from scripts.journey.browser import Browser, Lost, Page
from scripts.journey.office import OfficeDesk
from scripts.journey.story import PASSWORD, Story
from tcloud.core import clock

if TYPE_CHECKING:
    from tcloud.points.models import Grant

SEEN_WITHIN_S: Final = 60
MINUTE: Final = timedelta(minutes=1)
STATEMENT: Final = "/member/points/"


class Life:
    """What a grant goes through. `entries` is what the books must say of the company afterwards: (code, points), in order."""

    entries: ClassVar[tuple[tuple[str, int], ...]]

    def __init__(self, story: Story, office: OfficeDesk) -> None:
        self.story, self.office = story, office
        story.now = clock.now

    def run(self) -> None:
        """From the first page to the end. Raises what went wrong; the story's `current` names the step."""
        self.story.walk(self.story.join, self.story.assess, self.live)

    def live(self, browser: Browser) -> None:
        """What happens once the points are granted."""
        raise NotImplementedError

    # What every life does

    def grant(self) -> "Grant":
        """The company's latest grant, as it is now."""
        from tcloud.points.models import Grant

        return Grant.objects.filter(company__ubn=self.story.card.ubn).select_related("programme").latest("pk")

    def move(self, moment: datetime, why: str) -> None:
        """The officer moves the clock to the first minute from `moment` on, and the periodic jobs run."""

        def go() -> str:
            local = clock.taipei(moment)
            self.office.move_to(local.replace(second=0, microsecond=0) + MINUTE, purpose=why)
            self.office.see_the_scans_through()
            return why

        self.story.step(f"時鐘移到 {clock.taipei(moment):%Y-%m-%d %H:%M}", go)

    def letter(self, title: str, *, after: int, subject: str = "", saying: str = "") -> None:
        """A letter that came after the mail numbered `after`; marked as one of a rehearsal."""

        def read() -> str:
            found = self.story.outside.mail_to(self.story.email, subject, saying=saying, after=after)
            said = str(found["subject"]).strip()
            if not said.startswith("【演練】"):
                raise Lost(f"the letter is not marked: {said}")
            return said

        self.story.step(title, read)

    def latest_mail(self) -> int:
        """The number of the company's latest mail."""
        return self.story.outside.latest_mail(self.story.email)

    def seen(self, browser: Browser, title: str, path: str, right: Callable[[Page], str | None]) -> None:
        """Open the page until `right` says nothing is amiss with it. Raises Lost with what is still amiss."""

        def look() -> str:
            give_up = time.monotonic() + SEEN_WITHIN_S
            while amiss := right(browser.get(path)):
                if time.monotonic() > give_up:
                    raise Lost(f"{path}: {amiss}")
                time.sleep(0.3)
            return path

        self.story.step(title, look)

    def statement(self, browser: Browser, *, available: int, reserved: int, redeemed: int, says: str) -> None:
        """我的點數 gives these sums, and its entries say so."""

        def right(page: Page) -> str | None:
            for label, points in (("現在可用", available), ("保留", reserved), ("已折抵", redeemed)):
                if (figure := page.figure(label)) != f"{points:,} 點":
                    return f"{label}: {figure}, expected {points:,} 點"
            return None if says in page.text else f"it does not say “{says}”"

        self.seen(browser, "我的點數", STATEMENT, right)

    def notices(self, browser: Browser) -> None:
        """Every notice that still lies ahead: on its day, at its hour, naming the last day."""
        grant = self.grant()
        last = clock.taipei(grant.usable_until - timedelta(microseconds=1)).date()
        for days in sorted(grant.programme.notice_days, reverse=True):
            moment = datetime.combine(last - timedelta(days=days), grant.programme.notice_time, clock.TAIPEI)
            if moment > max(grant.granted_at, clock.now()):
                before = self.latest_mail()
                self.move(moment, f"到期前 {days} 天")
                self.letter(
                    f"到期前 {days} 天的通知", after=before, saying=f"{last.year}年{last.month}月{last.day}日"
                )

    def order(self, browser: Browser, points: int) -> None:
        """An order with so many points, sent."""
        self.story.points = points
        self.story.order(browser)

    def apply_again(self, act: Callable[[Browser], None]) -> None:
        """A new browser at the first page of joining, some time later: nobody is signed in."""
        with Browser(self.story.site_url) as browser:
            act(browser)


class Unused(Life):
    """R-13: never used, taken back whole after the activation deadline; the company applies again and is granted again."""

    entries = (("grant", 30_000), ("return", 30_000), ("grant", 30_000))

    def live(self, browser: Browser) -> None:
        self.notices(browser)
        before = self.latest_mail()
        self.move(self.grant().activate_before, "啟用期限之後")
        self.letter("收回通知", after=before, subject="逾期未啟用，已全數收回")
        self.statement(browser, available=0, reserved=0, redeemed=0, says="逾期未啟用，收回點數")
        self.apply_again(self._return)
        self.statement(browser, available=30_000, reserved=0, redeemed=0, says="30,000")

    def _return(self, browser: Browser) -> None:
        page = self.story.prove(browser)

        def rejoin() -> str:
            done = browser.submit(page.form(ends="/join/return/"))
            if not done.url.endswith("/done/"):
                raise Lost(f"not admitted again at {done.url}: {done.complaint}")
            return "已有帳號，不必重新設定"

        def sign_in() -> str:
            form = browser.get("/account/login/").form(having="password")
            there = browser.submit(form, login=self.story.email, password=PASSWORD)
            if "/login/" in there.url:
                raise Lost(f"could not sign in: {there.complaint}")
            return self.story.email

        self.story.step("再次申請", rejoin)
        self.story.step("登入", sign_in)
        self.story.assess(browser)


class Expired(Life):
    """R-14: some points were spent; after the expiry the rest is taken back, and applying again is refused (R-06)."""

    entries = (("grant", 30_000), ("reserve", 20_000), ("redeem", 20_000), ("expire", 10_000))

    def live(self, browser: Browser) -> None:
        self.order(browser, 20_000)
        self.story.accept(browser)
        self.story.fulfil(browser)
        self.notices(browser)
        before = self.latest_mail()
        self.move(self.grant().expires_at, "使用期限之後")
        self.letter("收回通知", after=before, subject="點數使用期限已到，收回10,000點")
        self.statement(browser, available=0, reserved=0, redeemed=20_000, says="期，收回點數")
        self.apply_again(self._refused)

    def _refused(self, browser: Browser) -> None:
        try:
            self.story.prove(browser)
        except Lost as lost:
            sentence = str(lost)
            if "已獲得過本計畫的點數，依 R-06 不能再次申請" not in sentence:
                raise
            self.story.step("再次申請", lambda: "依 R-06 不受理")
        else:
            raise Lost("the company was let in again")


class LateRelease(Life):
    """R-16: points of a live order survive the expiry; released after it, they are taken back at once."""

    entries = (
        ("grant", 30_000), ("reserve", 10_000), ("redeem", 10_000), ("reserve", 15_000), ("expire", 5_000),
        ("release", 15_000), ("expire", 15_000),
    )  # fmt: skip

    def live(self, browser: Browser) -> None:
        self.order(browser, 10_000)
        self.story.accept(browser)
        self.story.fulfil(browser)
        grant = self.grant()
        self.move(grant.expires_at - timedelta(hours=1), "使用期限前一小時")
        self.order(browser, 15_000)
        before = self.latest_mail()
        self.move(grant.expires_at, "使用期限之後")
        self.letter("收回通知", after=before, subject="點數使用期限已到，收回5,000點")
        self.statement(browser, available=0, reserved=15_000, redeemed=10_000, says="期，收回點數")
        before = self.latest_mail()
        self.move(self._answer_due(), "供應商 3 個工作天沒有接單")
        order = f"/member/orders/{self.story.order_number}/"
        self.seen(
            browser, "訂單失效", order, lambda page: None if "逾期未接單" in page.text else page.text[:200]
        )
        self.letter("訂單失效通知", after=before, saying=self.story.order_number)
        self.statement(browser, available=0, reserved=0, redeemed=10_000, says="期，收回點數")

    def _answer_due(self) -> datetime:
        from tcloud.orders.models import Obligation

        owed = Obligation.objects.get(order__number=self.story.order_number, kind=Obligation.Kind.ACCEPT)
        return owed.due_at


LIVES: Final[dict[str, type[Life]]] = {"unused": Unused, "expired": Expired, "late-release": LateRelease}
