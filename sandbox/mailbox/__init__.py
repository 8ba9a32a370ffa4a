"""The mailbox: an SMTP server that delivers nowhere, pages to read what came in, and to write back to the platform.

A mailbox whose name begins with `bounce` does not exist: its letters come back by a real delivery report (`returns.py`).
"""

import asyncio
import re
import socket
from dataclasses import replace
from functools import partial
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session
from markupsafe import Markup, escape
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route, Router

from sandbox.clock import Clock
from sandbox.database import Database
from sandbox.mailbox.letters import Letter, Letters
from sandbox.mailbox.outgoing import Draft, NotSent, answer_to, send
from sandbox.mailbox.returns import Returns
from sandbox.pages import Page
from sandbox.switches import Switches

__all__ = ["Letters", "Mailbox"]

PLATFORM = "service@qbicloud.com"  # as the leaflet says
LARGEST_BYTES = 20_000_000
LINK = re.compile(r"https?://[^\s<>\"'，。；）」]+")
# A letter's own HTML: no script, no forms, nothing loaded from anywhere; links open in a new window.
LETTER_POLICY = "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"


class Receiver:
    """What aiosmtpd asks for each letter; the switch `mail` decides whether it is taken."""

    def __init__(self, letters: Letters, switches: Switches, returns: Returns) -> None:
        self._letters = letters
        self._switches = switches
        self._returns = returns

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        setting = self._switches.setting("mail")
        if setting.mode == "fail":
            return "451 4.3.0 Temporary failure (sandbox switch)"
        if setting.mode in ("delay", "late", "silent"):
            await asyncio.sleep(setting.seconds)
        content = envelope.original_content or b""
        times = int(setting.options.get("n", 2)) if setting.mode == "duplicate" else 1
        for _ in range(times):
            self._letters.add(envelope.mail_from or "", list(envelope.rcpt_tos), content)
        self._returns.later(envelope.mail_from or "", list(envelope.rcpt_tos), content)
        return "garbage" if setting.mode == "garbage" else "250 2.0.0 OK"


class Mailbox:
    """SMTP on a socket that is given, pages at `/mail`. `start` and `stop` run inside the server's event loop."""

    def __init__(
        self, database: Database, switches: Switches, clock: Clock, page: Page, *, platform_port: int
    ) -> None:
        self.letters = Letters(database, clock)
        self._receiver = Receiver(self.letters, switches, Returns(platform_port))
        self._server: asyncio.Server | None = None
        self.router = Router(_routes(self.letters, page, platform_port))

    async def start(self, sock: socket.socket) -> None:
        loop = asyncio.get_running_loop()

        def protocol() -> SMTP:
            return SMTP(
                self._receiver,
                data_size_limit=LARGEST_BYTES,
                enable_SMTPUTF8=True,
                hostname="sandbox.localhost",
                ident="sandbox",
                loop=loop,
            )

        self._server = await loop.create_server(protocol, sock=sock)

    async def stop(self) -> None:
        if self._server:
            self._server.close()


def linked(text: str) -> Markup:
    """Plain text as HTML with its web addresses clickable."""
    parts: list[Any] = []
    end = 0
    for match in LINK.finditer(text):
        url = match[0]
        parts += [
            escape(text[end : match.start()]),
            Markup('<a href="{0}" rel="noreferrer">{0}</a>').format(url),
        ]
        end = match.end()
    return Markup("").join([*parts, escape(text[end:])])


def _routes(letters: Letters, page: Page, platform_port: int) -> list[Route]:
    def find(request: Request) -> Letter:
        letter = letters.get(request.path_params["id"])
        if letter is None:
            raise HTTPException(404, "沒有這封信。")
        return letter

    async def listing(request: Request) -> Response:
        if request.method == "POST":
            letters.clear()
            return RedirectResponse("/mail/", 303)
        search = request.query_params.get("q", "").strip()
        return page(
            request,
            "mail_list.html",
            letters=letters.search(search),
            search=search,
            sent="sent" in request.query_params,
        )

    async def show(request: Request) -> Response:
        letter = find(request)
        text = linked(letter.part("plain"))
        return page(request, "mail_letter.html", letter=letter, text=text, has_html=bool(letter.part("html")))

    async def html(request: Request) -> Response:
        content = '<base target="_blank">' + find(request).part("html")
        return HTMLResponse(content, headers={"Content-Security-Policy": LETTER_POLICY})

    async def write(request: Request) -> Response:
        """A new mail, or an answer to a letter: the form, and sending it."""
        letter = find(request) if "id" in request.path_params else None
        draft = answer_to(letter, "") if letter else Draft("customer@demo.tcloud.example", PLATFORM, "", "")
        if request.method != "POST":
            return page(request, "mail_write.html", letter=letter, draft=replace(draft, text=""), problem="")
        form = await request.form()
        said = {name: str(form.get(name, "")).strip() for name in ("sender", "to", "subject", "text")}
        typed = Draft(said["sender"], said["to"] or draft.to, said["subject"] or draft.subject, said["text"])
        whole = answer_to(letter, said["text"], said["sender"]) if letter else typed
        try:
            await run_in_threadpool(partial(send, whole, port=platform_port))
        except NotSent as problem:
            return page(request, "mail_write.html", 422, letter=letter, draft=typed, problem=str(problem))
        return RedirectResponse("/mail/?sent=1", 303)

    async def raw(request: Request) -> Response:
        return Response(find(request).raw, media_type="text/plain; charset=utf-8")

    async def messages(request: Request) -> Response:
        if request.method == "DELETE":
            return JSONResponse({"deleted": letters.clear()})
        try:
            since = int(request.query_params.get("since_id", "0"))
            limit = min(int(request.query_params.get("limit", "200")), 1000)
        except ValueError as error:
            raise HTTPException(400, "since_id 與 limit 必須是整數。") from error
        found = letters.to(request.query_params.get("to", ""), since_id=since, limit=limit)
        return JSONResponse([letter.as_json() for letter in found])

    return [
        Route("/", listing, methods=["GET", "POST"]),
        Route("/new", write, methods=["GET", "POST"]),
        Route("/{id:int}/reply", write, methods=["GET", "POST"]),
        Route("/messages.json", messages, methods=["GET", "DELETE"]),
        Route("/{id:int}", show),
        Route("/{id:int}/html", html),
        Route("/{id:int}/raw", raw),
    ]
