"""card.js in a real browser, against a component that answers what the test says (PROTOCOLS §1.4). No server, no network."""

import base64
import json
from collections.abc import Iterator
from datetime import time
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs

import pytest
from django.conf import settings
from django.template.loader import render_to_string
from playwright.sync_api import BrowserContext, Page, Request, Route, sync_playwright

from tests.web.test_ui import UI

pytestmark = pytest.mark.browser
SITE = "http://site.example"
COMPONENT = "http://localhost:61161"
POPUP = """<!doctype html><script>
addEventListener("message", async (event) => {
  const response = await fetch("/answer", {method: "POST", body: event.data});
  const text = await response.text();
  if (text) opener.postMessage(text, event.origin);
  close();
});
opener.postMessage(JSON.stringify({func: "getTbs"}), "*");
</script>"""
SIGNED = {
    "func": "sign",
    "ret_code": 0,
    "last_error": 0,
    "cardSN": "MO00000000000001",
    "certb64": "Q0VSVA==",
    "signature": "U0lH",
}


class Component:
    """The card component of a test: what it will answer, what it was asked, what the site received."""

    def __init__(self) -> None:
        self.answer: dict[str, Any] | None = SIGNED
        self.asked: list[dict[str, Any]] = []
        self.posted: list[dict[str, list[str]]] = []

    def serve(self, route: Route, request: Request) -> None:
        if request.url.endswith("/answer"):
            self.asked.append(json.loads(request.post_data or ""))
            route.fulfill(body="" if self.answer is None else json.dumps(self.answer))
        else:
            route.fulfill(body=POPUP, content_type="text/html")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )


@pytest.fixture
def component() -> Component:
    return Component()


@pytest.fixture
def context(browser: Any, component: Component) -> Iterator[BrowserContext]:
    opened = browser.new_context()
    opened.route(f"{COMPONENT}/**", component.serve)
    yield opened
    opened.close()


def show(context: BrowserContext, component: Component, mode: str = "pkcs7", **values: Any) -> Page:
    """A page of the site with the card form on it, under the product's own policy headers."""
    contact = SimpleNamespace(hotline="0809-092-091", staffed_from=time(9), staffed_until=time(18))
    form = render_to_string(
        "components/card_form.html",
        {"mode": mode, "tbs": base64.b64encode("待簽".encode()).decode(), "nonce": "a1b2", "contact": contact}
        | {"card_component_origin": settings.CARD_COMPONENT_ORIGIN}
        | values,
    )
    page_html = f'<!doctype html><html lang="zh-Hant"><title>t</title><main>{form}</main><script type="module" src="/static/card.js"></script></html>'
    directives = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    policy = "; ".join(f"{name} {' '.join(values)}" for name, values in directives.items())
    headers = {
        "Content-Security-Policy": policy.replace("http://127.0.0.1:8100", ""),
        "Cross-Origin-Opener-Policy": str(settings.SECURE_CROSS_ORIGIN_OPENER_POLICY),
    }

    def site(route: Route, request: Request) -> None:
        if "/static/" in request.url:
            route.fulfill(path=UI / "static" / request.url.rsplit("/", 1)[1])
        elif request.method == "POST":
            component.posted.append(parse_qs(request.post_data or "", keep_blank_values=True))
            route.fulfill(body="<p>received</p>", content_type="text/html")
        else:
            route.fulfill(body=page_html, content_type="text/html; charset=utf-8", headers=headers)

    context.route(f"{SITE}/**", site)
    page = context.new_page()
    page.goto(f"{SITE}/join/card/")
    return page


def sign(page: Page, pin: str = "123456") -> None:
    page.get_by_label("PIN").fill(pin)
    page.locator("[data-card-submit]").click()


def complaint(page: Page, code: str) -> str:
    """The text of the error shown, once it is the one expected."""
    page.locator(f'[data-card-error][data-code="{code}"]').wait_for()
    assert page.evaluate("document.activeElement.matches('[data-card-error]')")
    return page.locator("[data-card-error]").inner_text()


def test_signing_sends_the_answer_to_the_site_and_the_pin_to_the_component_only(
    context: BrowserContext, component: Component
) -> None:
    page = show(context, component)
    sign(page, "654321")
    page.get_by_text("received").wait_for()
    (asked,), (posted,) = component.asked, component.posted
    assert asked == {
        "func": "MakeSignature", "tbs": base64.b64encode("待簽".encode()).decode(), "tbsEncoding": "base64",
        "hashAlgorithm": "SHA256", "pin": "654321", "signatureType": "PKCS7", "nonce": "a1b2", "withCardSN": "true",
        "checkValidity": "true",
    }  # fmt: skip
    assert (posted["signature"], posted["certificate"], posted["card_sn"]) == (
        ["U0lH"],
        ["Q0VSVA=="],
        ["MO00000000000001"],
    )
    assert "654321" not in json.dumps(posted)


@pytest.mark.parametrize(
    ("ret_code", "last_error", "code", "words"),
    [
        (0x76100006, -2147483646, "pin_wrong_two_left", "還可以再試2次"),
        (0x76100006, -2147483647, "pin_wrong_one_left", "只剩1次機會"),
        (0x76100006, 160, "pin_wrong", "PIN碼不正確"),
        (0x76100006, 164, "pin_locked", "憑證卡已鎖住"),
        (0x76000006, 0, "no_card", "沒有憑證卡"),
        (0x76100003, 0, "no_reader", "沒有找到讀卡機"),
        (0x76100005, 0, "reader_trouble", "重新插好"),
        (0x76000031, 0, "untrusted", "信任本網站"),
        (0x7600000E, 0, "old_component", "版本太舊"),
        (0x76500002, 0, "expired", "憑證已過期"),
        (0x83000101, 0, "wrong_card_person", "自然人憑證"),
        (0x83000101 - 2**32, 0, "wrong_card_person", "自然人憑證"),
        (0x76000999, 0, "cancelled", "讀卡已取消"),
        (0x76300004, 0, "unknown", "0x76300004"),
    ],
)
def test_failure_is_told_in_words_and_nothing_is_sent(
    context: BrowserContext, component: Component, ret_code: int, last_error: int, code: str, words: str
) -> None:
    component.answer = {"func": "sign", "ret_code": ret_code, "last_error": last_error}
    page = show(context, component)
    sign(page)
    assert words in complaint(page, code)
    assert component.posted == []
    assert page.get_by_label("PIN").input_value() == ""
    assert page.locator("[data-card-submit]").get_attribute("aria-busy") == "false"


def test_blocked_popup_is_told(context: BrowserContext, component: Component) -> None:
    page = show(context, component)
    page.evaluate("window.open = () => null")
    sign(page)
    assert "允許" in complaint(page, "popup_blocked")


def test_missing_component_is_told_with_where_to_get_it(
    context: BrowserContext, component: Component
) -> None:
    context.unroute(f"{COMPONENT}/**")
    context.route(
        f"{COMPONENT}/**", lambda route: route.fulfill(body="<title>silent</title>", content_type="text/html")
    )
    page = show(context, component)
    page.clock.install()
    sign(page)
    page.clock.fast_forward(4_000)
    assert "還沒有安裝" in page.locator("[data-card-status]").inner_text()
    page.clock.fast_forward(7_000)
    complaint(page, "not_installed")
    assert (
        page.locator("[data-card-error] a").get_attribute("href")
        == "https://moica.nat.gov.tw/rac_plugin.html"
    )


def test_popup_closed_without_an_answer_counts_as_cancelled(
    context: BrowserContext, component: Component
) -> None:
    component.answer = None
    page = show(context, component)
    sign(page)
    complaint(page, "cancelled")


@pytest.mark.parametrize(("pin", "code"), [("", "pin_missing"), ("12345", "pin_length")])
def test_pin_is_checked_before_the_card_is_asked(
    context: BrowserContext, component: Component, pin: str, code: str
) -> None:
    page = show(context, component)
    sign(page, pin)
    complaint(page, code)
    assert component.asked == []


def test_message_of_another_origin_is_not_an_answer(context: BrowserContext, component: Component) -> None:
    component.answer = {"func": "sign", "ret_code": 0x76000006}
    page = show(context, component)
    page.evaluate(
        """(forged) => { const open = window.open;
        window.open = (...all) => { const popup = open(...all); window.postMessage(forged, "*"); return popup; }; }""",
        json.dumps(SIGNED | {"signature": "Rk9SR0VE"}),
    )
    sign(page)
    complaint(page, "no_card")
    assert component.posted == []


def reader(name: str, certificate: str, organisation: str) -> dict[str, Any]:
    certs = [
        {
            "label": "cert2",
            "usage": "keyEncipherment|dataEncipherment",
            "certb64": "RU5D",
            "subjectDN": f"C=TW,O={organisation}",
        },
        {
            "label": "cert1",
            "usage": "digitalSignature",
            "certb64": certificate,
            "subjectDN": f"C=TW,O={organisation}",
        },
    ]
    return {"slotDescription": name, "token": {"serialNumber": f"SN-{name}", "certs": certs}}


def test_certificate_is_picked_by_usage_and_the_reader_by_the_person(
    context: BrowserContext, component: Component
) -> None:
    slots = [
        reader("A", "QQ==", "甲公司"),
        {"slotDescription": "C", "token": None},
        reader("B", "Qg==", "乙公司"),
    ]
    component.answer = {"func": "pkcs11info", "ret_code": 0, "slots": slots}
    page = show(context, component, mode="certificate")
    page.locator("[data-card-submit]").click()
    assert "多張憑證卡" in complaint(page, "choose_reader")
    page.locator("[data-card-reader]").select_option("B")
    page.locator("[data-card-submit]").click()
    page.get_by_text("received").wait_for()
    assert [asked["func"] for asked in component.asked] == ["GetUserCert"]
    (posted,) = component.posted
    assert (posted["certificate"], posted["reader"], posted["card_sn"]) == (["Qg=="], ["B"], ["SN-B"])


def test_reader_chosen_before_is_named_when_signing(context: BrowserContext, component: Component) -> None:
    page = show(context, component, mode="pkcs1", reader="B")
    sign(page)
    page.get_by_text("received").wait_for()
    assert component.asked[0]["slotDescription"] == "B"
    assert component.asked[0]["signatureType"] == "PKCS1"


def test_checking_the_reader_says_what_is_there(context: BrowserContext, component: Component) -> None:
    component.answer = {
        "func": "pkcs11info",
        "ret_code": 0,
        "slots": [{"slotDescription": "A", "token": None}],
    }
    page = show(context, component)
    page.locator("[data-card-check]").click()
    page.get_by_text("還沒有讀到憑證卡").wait_for()
    assert component.asked == [{"func": "CheckEnvir"}]
