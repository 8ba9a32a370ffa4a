"""One company's way through flyer steps 1 to 4, and its supplier's part."""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlparse

from scripts.journey.browser import Browser, Lost, Page
from scripts.journey.outside import Card, Outside
from tcloud.core import clock

PASSWORD = "journey-of-a-company-1"  # noqa: S105  an account of the demo
PLAN = "yuncang-branches"
PRICE_TWD = 60_000


@dataclass
class Step:
    """One line of the timeline: what the site's clock showed, when it was done, counted from the start, how long it took (seconds)."""

    title: str
    detail: str
    shown_at: datetime
    at_s: float
    took_s: float


@dataclass
class Story:
    """A company's journey; `steps` grows as it goes, `order_number` is known from the order on. An order uses `points` of them."""

    site_url: str
    outside: Outside
    card: Card
    supplier: "SupplierDesk"
    points: int = 30_000
    patience_s: float = 0  # how long the same is tried again when the site fails
    now: Callable[[], datetime] = clock.real_now
    steps: list[Step] = field(default_factory=list)
    order_number: str = ""
    current: str = "start"
    contract: bytes = b""

    @property
    def cash_twd(self) -> int:
        """What the company pays itself, NT$."""
        return PRICE_TWD - self.points

    @property
    def email(self) -> str:
        """The contact's address."""
        return f"owner-{self.card.ubn}@journey.example"

    def run(self) -> None:
        """From the first page to the confirmed service. Raises what went wrong; `current` names the step."""
        self.walk(self.join, self.assess, self.order, self.accept, self.fulfil)

    def run_until_accepted(self) -> None:
        """The same until the supplier has accepted and the company is to pay."""
        self.walk(self.join, self.assess, self.order, self.accept)

    def walk(self, *chapters: Callable[[Browser], None]) -> None:
        """These chapters in one browser, the card in its reader meanwhile."""
        self._began = time.monotonic()
        self.outside.insert(self.card)
        try:
            with Browser(self.site_url, patience_s=self.patience_s) as browser:
                for chapter in chapters:
                    chapter(browser)
        finally:
            self.outside.unplug(self.card)

    def step(self, title: str, act: Callable[[], str]) -> None:
        """Do it, and note it with what it says about itself."""
        self.current, began = title, time.monotonic()
        detail = act()
        now = time.monotonic()
        self.steps.append(Step(title, detail, self.now(), now - self._began, now - began))

    # Step 1: joining

    def join(self, browser: Browser) -> None:
        """Prove the company and its eligibility, and open the account."""
        self.prove(browser)
        self._open_account(browser)

    def prove(self, browser: Browser) -> Page:
        """The card, the authorisation and the check, up to what they found."""

        def tick(page: Page, ends: str) -> Page:
            form = page.form(ends=ends)
            boxes = {
                box.name: box.get("value") or "on" for box in form.element.xpath(".//input[@type='checkbox']")
            }
            return browser.submit(form, **boxes)

        page = browser.get("/member/join/")

        def consents() -> str:
            nonlocal page
            page = browser.submit(page.form(ends="/join/"))
            page = tick(page, "/consent/")
            return "同意資料蒐集"

        def challenge() -> str:
            nonlocal page
            form = page.form(having="signature")
            proof = self.outside.sign(self.card, form.data("tbs"), kind="PKCS7", nonce=form.data("nonce"))
            page = browser.submit(form, **proof)
            return f"{self.card.name} {self.card.ubn}"

        def authorisation() -> str:
            nonlocal page
            page = tick(page, "/authorisation/")
            return "授權查詢與聲明"

        def eligibility() -> str:
            nonlocal page
            page = browser.submit(page.form(ends="/check/"))
            if not urlparse(page.url).path.endswith("/result/"):
                raise Lost(f"no result at {page.url}: {page.complaint}")
            if "符合申請資格" not in page.text:
                raise Lost(f"not eligible at {page.url}: {page.text[:200]}")
            return "R-01 至 R-06 符合"

        self.step("1.2 同意條款", consents)
        self.step("1.3 憑證驗證", challenge)
        self.step("1.4 授權查驗", authorisation)
        self.step("1.4 資格查驗", eligibility)
        return page

    def _open_account(self, browser: Browser) -> None:
        page = browser.get("/member/join/account/")

        def account() -> str:
            nonlocal page
            page = browser.submit(
                page.form(having="password"),
                name="陳小店",
                email=self.email,
                phone="02-2345-6789",
                password=PASSWORD,
            )
            return self.email

        def email_code() -> str:
            nonlocal page
            page = browser.submit(page.form(having="code"), code=self.outside.code_for(self.email))
            if not urlparse(page.url).path.endswith("/done/"):
                raise Lost(f"not a member yet at {page.url}: {page.complaint}")
            return "信箱中的驗證碼"

        self.step("1.5 設定帳號", account)
        self.step("1.6 驗證信箱", email_code)

    # Step 2: points

    def assess(self, browser: Browser) -> None:
        """The self-assessment, and the points it brings."""
        earlier = self.outside.latest_mail(self.email)

        def answer() -> str:
            page = browser.get("/member/assessment/")
            page = browser.submit(page.form(ends="/assessment/"))
            pages = 0
            while "/areas/" in page.url:
                pages += 1
                if pages > 40:
                    raise Lost(f"the assessment does not end: {page.url}")
                page = self._answer_page(browser, page)
            page = browser.submit(browser.get("/member/assessment/answers/").form(ends="/submission/"))
            if "30,000" not in page.text:
                raise Lost(f"no points granted at {page.url}: {page.complaint}")
            return "30,000 點"

        def told() -> str:
            mail = self.outside.mail_to(self.email, "您已獲得", after=earlier)
            return str(mail["subject"]).strip()

        self.step("2 自評表與獲得點數", answer)
        self.step("2 Email 通知", told)

    def _answer_page(self, browser: Browser, page: Page) -> Page:
        form = next((form for form in page.forms if "/areas/" in form.action), None)
        if form is None:
            raise Lost(f"no questions at {page.url}")
        answers: dict[str, str | list[str]] = {}
        for box in form.element.xpath(".//input"):
            kind = box.get("type")
            if kind in ("radio", "checkbox") and box.name not in answers:
                answers[box.name] = box.get("value") or "on"
        return browser.submit(form, **answers)

    # Step 3: ordering

    def order(self, browser: Browser) -> None:
        """An order with `points`, signed and sent."""
        page = browser.get(f"/plans/{PLAN}/")

        def build() -> str:
            nonlocal page
            page = browser.get(f"/member/orders/new/{PLAN}/")
            page = browser.submit(page.form(having="key"), points=str(self.points))
            self.order_number = urlparse(page.url).path.rstrip("/").rsplit("/", 1)[-1]
            return f"{self.order_number}：{self.points:,} 點 + NT${self.cash_twd:,}"

        def draw_up() -> str:
            nonlocal page
            page = browser.submit(page.form(ends="/contract/"))
            form = page.form(ends="/acknowledgement/")
            boxes = {
                box.name: box.get("value") or "on" for box in form.element.xpath(".//input[@type='checkbox']")
            }
            page = browser.submit(form, **boxes)
            return "雲端解決方案買賣契約"

        def sign() -> str:
            nonlocal page
            form = page.form(having="certificate")
            certificate = self.outside.certificate(self.card)
            page = browser.submit(form, certificate=certificate, reader=self.card.reader)
            form = page.form(having="signature")
            page = browser.submit(form, **self.outside.sign(self.card, form.data("tbs"), kind="PKCS1"))
            return "工商憑證簽章（PAdES）"

        def send() -> str:
            nonlocal page
            page = browser.submit(page.form(ends="/submission/"))
            return "訂單成立，點數保留"

        self.step("3.3 建立訂單", build)
        self.step("3.4 確認訂單與金額", draw_up)
        self.step("3.5 簽訂契約", sign)
        self.step("3.6 送出訂單", send)

    # Steps 3.7 and 4: acceptance, payment, invoice, delivery, confirmation

    def accept(self, browser: Browser) -> None:
        """The supplier takes the order."""
        self.step("3.7 供應商接單並副署", lambda: self.supplier.accept(self.order_number))

    def fulfil(self, browser: Browser) -> None:
        """Paid, invoiced, provided, confirmed."""
        number = self.order_number
        order = f"/member/orders/{number}/"

        def pay() -> str:
            page = browser.get(f"{order}payment/")
            page = browser.submit(page.form(ends="/payment/"))
            form = next(form for form in page.forms if "MerchantTradeNo" in form.values)
            done = self.outside.pay(form.action, dict(form.values))
            if not done["callback"]["delivered"] and not self.patience_s:
                raise Lost(f"the callback was not taken: {done['callback']}")
            return f"NT${self.cash_twd:,}，通知回覆 {done['callback']['state']}"

        def seen_as_paid() -> str:
            page = browser.get(order)
            if "待提供服務" not in page.text:
                raise Lost(f"not paid at {page.url}: {page.text[:200]}")
            return "待提供服務"

        def confirm() -> str:
            page = browser.submit(browser.get(f"{order}confirmation/").form(ends="/confirmation/"))
            if "已完成" not in page.text:
                raise Lost(f"not completed at {page.url}: {page.complaint}")
            self.contract = browser.download(f"{order}contract/file/")
            return "點數核銷"

        self.step("4.3 支付自付款", pay)
        self.step("4.5 收款狀況", seen_as_paid)
        self.step("4.4 開立發票", lambda: self.supplier.invoice(number))
        self.step("4.5 提供服務", lambda: self.supplier.deliver(number))
        self.step("4.5 確認服務", confirm)


class SupplierDesk:
    """The supplier's clerk: signed in once, with the company's card in a reader."""

    def __init__(
        self, site_url: str, outside: Outside, card: Card, *, email: str, password: str, patience_s: float = 0
    ) -> None:
        self._outside, self._card, self._patience_s = outside, card, patience_s
        self._site_url, self._email, self._password = site_url, email, password

    def _browser(self) -> Browser:
        browser = Browser(self._site_url, patience_s=self._patience_s)
        form = browser.get("/account/login/").form(having="password")
        page = browser.submit(form, login=self._email, password=self._password)
        if "/login/" in page.url:
            raise Lost(f"the supplier could not sign in: {page.complaint}")
        return browser

    def open(self) -> None:
        """Sign in and put the card into its reader."""
        self._signed_in = self._browser()
        self._outside.insert(self._card)

    def close(self) -> None:
        """Take the card away."""
        self._outside.unplug(self._card)

    def accept(self, number: str) -> str:
        """Countersign with the card and thereby accept."""
        browser = self._signed_in
        page = browser.get(f"/supplier/orders/{number}/acceptance/")
        form = page.form(having="certificate")
        certificate = self._outside.certificate(self._card)
        page = browser.submit(form, certificate=certificate, reader=self._card.reader)
        form = page.form(having="signature")
        browser.submit(form, **self._outside.sign(self._card, form.data("tbs"), kind="PKCS1"))
        return self._card.name

    def invoice(self, number: str) -> str:
        """Record the invoice of the full price, as the form proposes it."""
        browser = self._signed_in
        form = browser.get(f"/supplier/orders/{number}/invoice/").form(having="number")
        invoice = f"TC{secrets.randbelow(10**8):08d}"
        browser.submit(form, number=invoice)
        return f"{invoice}，NT${PRICE_TWD:,}"

    def deliver(self, number: str) -> str:
        """Report the service as provided."""
        browser = self._signed_in
        form = browser.get(f"/supplier/orders/{number}/delivery/").form(having="note")
        browser.submit(form, note="請以聯絡信箱登入，教育訓練時間將另行電話聯繫。")
        return "服務已開通"
