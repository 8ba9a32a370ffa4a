"""As much of a browser as the pages need: cookies, redirects, forms with their hidden fields. No script is ever run."""

import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin

import httpx
import lxml.html
from lxml.html import FormElement, HtmlElement


class Lost(Exception):
    """The page is not the one the story needs; its text says what stood there instead."""


@dataclass
class Form:
    """A form of a page: where it goes and what is filled in already."""

    action: str
    method: str
    values: dict[str, str | list[str]]
    element: FormElement

    def data(self, name: str) -> str:
        """A data-* attribute of the form."""
        return str(self.element.get(f"data-{name}") or "")


@dataclass
class Page:
    """An answer, parsed."""

    url: str
    status: int
    tree: HtmlElement = field(repr=False)

    @property
    def text(self) -> str:
        """What a reader sees in the main part, spaces folded."""
        parts = self.tree.xpath("//main") or [self.tree]
        return " ".join(" ".join(part.text_content() for part in parts).split())

    def figure(self, label: str) -> str:
        """The figure that the page's key figures (`stat`) give beside a label containing this. Raises Lost."""
        path = f"//dl//div[dt[contains(., '{label}')]]/dd//b"
        for found in self.tree.xpath(path):
            return " ".join(found.text_content().split())
        raise Lost(f"no figure “{label}” at {self.url}: {self.complaint}")

    @property
    def forms(self) -> list[Form]:
        """The forms of the main part that post something."""
        found = [form for form in self.tree.forms if (form.method or "get").lower() == "post"]
        return [
            Form(urljoin(self.url, form.action or self.url), "post", _values(form), form)
            for form in found
            if any(ancestor.tag == "main" for ancestor in form.iterancestors())
        ]

    def form(self, *, ends: str = "", having: str = "") -> Form:
        """The one form whose action ends with `ends`, or that has a field `having`. Raises Lost."""
        for form in self.forms:
            if form.action.split("?")[0].endswith(ends) and (not having or having in form.values):
                return form
        raise Lost(f"no form ({ends or having or 'any'}) at {self.url} ({self.status}): {self.complaint}")

    @property
    def complaint(self) -> str:
        """What the page objects to, else how it begins."""
        errors = self.tree.xpath(
            "//*[contains(@class,'errsum') and not(@hidden)] | //*[@role='alert' and not(@hidden)]"
        )
        said = " ".join(" ".join(error.text_content().split()) for error in errors)
        return said or self.text[:200]


def _values(form: FormElement) -> dict[str, str | list[str]]:
    values: dict[str, str | list[str]] = {}
    for name in form.fields:
        if name:
            values.setdefault(name, "")
    for name, value in form.form_values():
        values[name] = value
    return values


class Browser:
    """One person's browser. For `patience_s` seconds she tries the same again when the site does not answer, says it failed or
    asks her to wait (R-38)."""

    def __init__(self, base_url: str, *, patience_s: float = 0) -> None:
        self._http = httpx.Client(base_url=base_url, follow_redirects=True, timeout=60, trust_env=False)
        self._patience_s = patience_s

    def __enter__(self) -> "Browser":
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def get(self, path: str) -> Page:
        """Open a page. Raises Lost for an answer of 400 and above."""
        return self._page(self._ask("GET", path))

    def download(self, path: str) -> bytes:
        """The bytes at an address. Raises Lost."""
        answer = self._ask("GET", path)
        if answer.status_code != 200:
            raise Lost(f"{path}: {answer.status_code}")
        return answer.content

    def submit(self, form: Form, **values: str | list[str]) -> Page:
        """Send a form with its own values and these. Raises Lost when the answer objects."""
        headers = {"Referer": form.action, "Origin": "/".join(form.action.split("/")[:3])}
        answer = self._ask("POST", form.action, data=form.values | values, headers=headers)
        return self._page(answer)

    def _ask(self, method: str, url: str, **content: Any) -> httpx.Response:
        give_up, pause_s = time.monotonic() + self._patience_s, 0.5
        while True:
            try:
                answer = self._http.request(method, url, **content)
            except httpx.TransportError:
                if time.monotonic() >= give_up:
                    raise
            else:
                again = answer.status_code == 429 or answer.status_code >= 500
                if not again or time.monotonic() >= give_up:
                    return answer
            time.sleep(pause_s)
            pause_s = min(2 * pause_s, 8)

    def _page(self, answer: httpx.Response) -> Page:
        page = Page(
            str(answer.url), answer.status_code, lxml.html.fromstring(answer.content or b"<main></main>")
        )
        if answer.status_code >= 400:
            raise Lost(f"{page.url} answered {answer.status_code}: {page.complaint}")
        return page
