"""The product in a live server, the outside world in a sandbox of its own, and a real browser that speaks to both."""

import os
import re
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Locator, Page, TimeoutError, sync_playwright
from procrastinate.contrib.django.models import ProcrastinateJob

from sandbox.world import World
from tcloud.core import clock
from tcloud.core.models import Event
from tcloud.outbox import operations as outbox
from tcloud.web.ui.chat_stream import Application
from tests import factories

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
]
SUPPLIER_UBN = "99990377"


@pytest.fixture(scope="session")
def running_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with World(tmp_path_factory.mktemp("browser-world"), agent_port=0, issue_cards=False) as world:
        world.cards.issue(SUPPLIER_UBN, "雲端進銷存軟體股份有限公司（示範）", pin="246802")
        yield world


@pytest.fixture(scope="module")  # while playwright lives, its event loop holds this thread
def chromium() -> Iterator[Browser]:
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # playwright keeps an event loop in this thread
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def world(running_world: World, live_server: Any, settings: Any) -> World:
    """The sandbox, with the product's settings pointing at it as the demo's would."""
    ready = running_world.ready()
    running_world.switches.reset()
    settings.SITE_URL = live_server.url
    settings.CARD_COMPONENT_ORIGIN = ready["agent_url"]
    settings.CARD = settings.CARD | {"trust_folder": str(Path(ready["anchors"][0]).parent.parent)}
    settings.TIME_STAMP = settings.TIME_STAMP | {
        "url": ready["tsa_url"],
        "trust_folder": settings.CARD["trust_folder"],
    }
    settings.REGISTRIES = settings.REGISTRIES | {
        "gcis_url": ready["gcis_url"],
        "tax_url": ready["fia_url"],
        "agency_url": ready["agency_url"],
    }
    settings.GATEWAY = settings.GATEWAY | {"url": ready["gateway"]["url"]}
    directives = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    settings.CONTENT_SECURITY_POLICY = {
        "DIRECTIVES": directives
        | {
            "form-action": [*directives["form-action"], running_world.base_url],
            "img-src": [*directives["img-src"], ready["agent_url"]],
        }
    }
    return running_world


@pytest.fixture
def stream(live_server: Any, settings: Any) -> Iterator[str]:
    """The stream beside the live server, on the same host and another port, as in the demo."""
    listener = socket.create_server(("127.0.0.1", 0))
    host = live_server.url.split("//")[1].split(":")[0]
    settings.SITE_URL = live_server.url
    settings.STREAM_URL = f"http://{host}:{listener.getsockname()[1]}"
    directives = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    allowed = {"connect-src": [*directives["connect-src"], settings.STREAM_URL]}
    settings.CONTENT_SECURITY_POLICY = {"DIRECTIVES": directives | allowed}
    application = Application(threads=2)
    server = uvicorn.Server(uvicorn.Config(application, log_level="error", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    yield settings.STREAM_URL
    server.should_exit = True
    thread.join()
    application.close()
    listener.close()


@dataclass
class Person:
    """Somebody at a browser. `complaints` collects what the console says."""

    context: BrowserContext
    page: Page
    site: str
    complaints: list[str]

    def open(self, path: str) -> None:
        self.page.goto(self.site + path)

    def look(self, *paths: str) -> None:
        """Open each page and have axe look at it."""
        for path in paths:
            self.open(path)
            accessible(self)

    def turn(self, control: Locator) -> None:
        """Click what leads to another page and wait until that is loaded; a click alone does not wait."""
        with self.page.expect_event("load"):
            control.click()

    def follow(self, name: str | re.Pattern[str]) -> None:
        """Follow the first link of this name, and have axe look at where it leads."""
        self.turn(self.page.get_by_role("link", name=name).first)
        accessible(self)

    def press(self, name: str | re.Pattern[str]) -> None:
        """Press the page's own button of this name, and have axe look at the answer."""
        self.turn(self.page.locator("main").get_by_role("button", name=name, exact=True))
        accessible(self)

    def submit(self) -> None:
        """Press the first button of the page's form."""
        self.turn(self.page.locator("main form button").first)

    def sign_in(self, email: str, password: str = factories.PASSWORD) -> None:
        self.open("/account/login/")
        self.page.fill("main [name=login]", email)
        self.page.fill("main [name=password]", password)
        self.submit()
        assert "login" not in self.page.url

    def arrive(self, pattern: str | re.Pattern[str]) -> None:
        """Wait for the page whose address fits; what stands there instead is the failure's text."""
        try:
            self.page.wait_for_url(pattern, timeout=15_000)
        except TimeoutError as error:
            raise AssertionError(f"at {self.page.url}: {self.page.locator('main').inner_text()}") from error

    def sign_with_card(self, pin: str | None) -> None:
        """Type the PIN where one is asked for, press, and wait for the page after the popup has answered."""
        before = self.page.url
        if pin:
            self.page.locator("[data-card-pin]").fill(pin)
        self.page.locator("[data-card-submit]").click()
        self.page.wait_for_url(lambda url: url != before, timeout=15_000)


def accessible(person: Person) -> None:
    """axe finds nothing, and nothing makes the page wider than the screen."""
    found = Axe().run(person.page).response["violations"]
    assert not found, [(item["id"], [node["html"] for node in item["nodes"]][:3]) for item in found]
    assert person.page.evaluate("document.documentElement.scrollWidth") <= person.page.viewport_size["width"]


@pytest.fixture
def person(chromium: Browser, live_server: Any) -> Iterator[Callable[..., Person]]:
    """A new person at a new browser, 390 px wide unless said."""
    contexts: list[BrowserContext] = []

    def make(width: int = 390) -> Person:
        context = chromium.new_context(
            viewport={"width": width, "height": 844}, locale="zh-TW", reduced_motion="reduce"
        )
        contexts.append(context)
        page = context.new_page()
        complaints: list[str] = []
        page.on(
            "console", lambda message: complaints.append(message.text) if message.type == "error" else None
        )
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return Person(context, page, live_server.url, complaints)

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def deliver_mail() -> Callable[[], None]:
    """What the worker does: send the letters of the events recorded since."""
    done: set[int] = set()

    def deliver() -> None:
        recorded = set(
            Event.objects.values_list("pk", flat=True)
        )  # jobs of earlier tests outlive their events
        for job in ProcrastinateJob.objects.filter(task_name="tcloud.outbox.deliver").order_by("id"):
            if job.id not in done and job.args.get("event_id") in recorded:
                done.add(job.id)
                outbox.deliver(job.args["event_id"], at=clock.now())

    return deliver
