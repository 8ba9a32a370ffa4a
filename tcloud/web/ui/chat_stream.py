"""Server-sent events of text support (R-34): what is new in a conversation, or at the desk, within a second of its commit.

A small ASGI application of its own (config/asgi_stream.py), because an open stream would hold a thread of the web process for as long as
the page is open (docs/decisions/0018). It holds no connection for a stream: one connection listens for all of them, and what is new is
read by a few threads when the bell rings. A stream reads from the database after the number that its reader has seen last, so nothing
depends on a notification having been heard: after a break the browser says that number (Last-Event-ID) and gets the rest.
"""

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import psycopg
from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.sessions.backends.db import SessionStore
from django.db import Error as DatabaseErrors
from django.db import connection
from django.http import Http404, HttpRequest
from django.http.cookie import parse_cookie
from django.utils.translation import override

from tcloud.core import clock
from tcloud.members import queries as members
from tcloud.members.models import User
from tcloud.support.operations import chat_desk
from tcloud.support.operations.chat import CHANNEL
from tcloud.web.ui import chat_access, chat_log
from tcloud.web.ui.chat_log import News

logger = logging.getLogger(__name__)
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

PREFIX: Final = "/stream/"
DESK: Final = ""  # the topic of whoever wants to hear of every conversation
PING_SECONDS: Final = (
    15.0  # without a bell: a sign of life, and a new look at what time changes (waiting time, place)
)
LOOK_SECONDS: Final = 60.0  # and a new look at all, permission before the rest
GATHER_SECONDS: Final = 0.5  # the desk hears of every message: several at once are drawn once
AGAIN_SECONDS: Final = 1.0
MOST_STREAMS: Final = 2_000
MOST_OF_ONE: Final = 8  # streams of one conversation


class Hub:
    """The bells of the open streams, rung by the one connection that listens."""

    def __init__(self) -> None:
        self._bells: defaultdict[str, set[asyncio.Event]] = defaultdict(set)
        self._listening: asyncio.Task[None] | None = None
        self.heard = asyncio.Event()  # set while the connection listens

    def count(self, topic: str | None = None) -> int:
        """How many streams are open, of all topics or of one."""
        return sum(map(len, self._bells.values())) if topic is None else len(self._bells.get(topic, ()))

    @contextmanager
    def bell(self, topic: str) -> Iterator[asyncio.Event]:
        """A bell that rings for a conversation's number, or for any (DESK)."""
        if self._listening is None or self._listening.done():
            self._listening = asyncio.create_task(self._listen())
        made = asyncio.Event()
        self._bells[topic].add(made)
        try:
            yield made
        finally:
            self._bells[topic].discard(made)
            if not self._bells[topic]:
                del self._bells[topic]

    def ring(self, number: str) -> None:
        """Somebody wrote, took, handed over or ended this conversation."""
        for topic in (number, DESK):
            for each in self._bells.get(topic, ()):
                each.set()

    def ring_all(self) -> None:
        """Something may have been missed: everybody looks."""
        for bells in self._bells.values():
            for each in bells:
                each.set()

    async def _listen(self) -> None:
        while True:
            try:
                await self._listen_once()
            except (psycopg.Error, OSError) as error:
                logger.warning("listening again: %s", type(error).__name__)
            finally:
                self.heard.clear()
            await asyncio.sleep(AGAIN_SECONDS)

    async def _listen_once(self) -> None:
        async with await psycopg.AsyncConnection.connect(**_parameters(), autocommit=True) as listener:
            await listener.execute(f"LISTEN {CHANNEL}")
            self.heard.set()
            self.ring_all()  # what was written while nobody listened
            async for notify in listener.notifies():
                self.ring(notify.payload)

    async def close(self) -> None:
        """Stop listening."""
        if self._listening:
            self._listening.cancel()
            await asyncio.gather(self._listening, return_exceptions=True)


def _parameters() -> dict[str, Any]:
    """Where the database is, as psycopg takes it, without what is Django's own."""
    known = connection.get_connection_params()
    return {name: value for name, value in known.items() if name not in {"cursor_factory", "context", "pool"}}


@dataclass
class Reader:
    """Who asked for a stream: her cookies, what she wants to read, and what she has seen of it."""

    cookies: dict[str, str]
    desk: bool
    number: str
    language: str
    after: int
    state: str = ""
    told_at: datetime | None = None  # when the agent was last said to be at her desk
    looked: float = 0.0
    restless: bool = False  # whether what she sees changes with time alone
    user: User | None = field(default=None, repr=False)

    @classmethod
    def of(cls, scope: Scope) -> "Reader | None":
        """The reader a request is from; None for an address that no stream has."""
        path = str(scope["path"])
        parts = path.removeprefix(PREFIX).strip("/").split("/")
        if not path.startswith(PREFIX) or parts[0] not in {"chat", "desk"} or len(parts) > 2:
            return None
        number = parts[1] if len(parts) == 2 else ""
        if parts[0] == "chat" and not number:
            return None
        query = parse_qs(bytes(scope["query_string"]).decode("latin-1"))
        headers = headers_of(scope)
        language = query.get("lang", [""])[0]
        return cls(
            parse_cookie(headers.get("cookie", "")),
            parts[0] == "desk",
            number,
            language if language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE,
            _number(headers.get("last-event-id", "")) or _number(query.get("after", [""])[0]),
        )

    def look(self) -> News | None:
        """What is new to her; None when she may not read it (any more). Called in a thread; gives its connection back."""
        try:
            with override(self.language), clock.held():
                return self._look()
        except Http404:
            return None
        finally:
            connection.close()

    def _look(self) -> News | None:
        request, at = HttpRequest(), clock.now()
        request.COOKIES = self.cookies
        request.session = SessionStore(self.cookies.get(settings.SESSION_COOKIE_NAME))
        user = request.user = get_user(request)
        if not self.desk:
            mine = chat_access.my_conversation(request, self.number)
            self.restless = mine.state == "WAITING"
            return chat_log.asker_news(mine, after=self.after, at=at)
        if not isinstance(user, User) or not chat_access.is_agent(user):
            return None
        if self.told_at is None or abs(at - self.told_at) >= chat_desk.SEEN_EVERY:
            chat_desk.be_seen(by=members.actor_for(user), at=at)
            self.told_at = at
        self.restless = True
        if not self.number:
            return chat_log.desk_news(user, at=at)
        found = chat_access.desk_conversation(self.number, whole=False)
        self.restless = found.state == "WAITING"
        return chat_log.agent_news(found, user, after=self.after, at=at)

    def events(self, news: News) -> bytes:
        """The news as events, and from now on seen."""
        found = [_event("message", html, number) for number, html in news.messages]
        if news.messages:
            self.after = news.messages[-1][0]
        if news.state != self.state:
            self.state = news.state
            found.append(_event("state", news.state))
        return b"".join(found)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def headers_of(scope: Scope) -> dict[str, str]:
    """The headers of a request by name in lower case."""
    return {
        bytes(name).decode("latin-1").lower(): bytes(value).decode("latin-1")
        for name, value in scope["headers"]
    }


def _event(kind: str, data: str, number: int | None = None) -> bytes:
    """One event as the stream carries it (HTML standard §9.2.6)."""
    head = f"event: {kind}\n" + (f"id: {number}\n" if number is not None else "")
    body = "".join(f"data: {line}\n" for line in data.strip().splitlines())
    return f"{head}{body}\n".encode()


def _cross_origin(origin: str) -> list[tuple[bytes, bytes]] | None:
    """The headers that let the site read a stream of another port; None for a site that may not."""
    site = urlsplit(settings.SITE_URL)
    if not origin:
        return []
    if origin != f"{site.scheme}://{site.netloc}":
        return None
    return [
        (b"access-control-allow-origin", origin.encode()),
        (b"access-control-allow-credentials", b"true"),
        (b"vary", b"Origin"),
    ]


class Application:
    """The ASGI application. One a process."""

    def __init__(self, *, threads: int = 4) -> None:
        self.hub = Hub()
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="stream")

    def close(self) -> None:
        """End the threads, once nobody reads any more."""
        self._threads.shutdown()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            await self._answer(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            kind = (await receive())["type"]
            if kind == "lifespan.shutdown":
                await self.hub.close()
            await send({"type": f"{kind}.complete"})
            if kind == "lifespan.shutdown":
                return

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == "/healthz":
            await _plain(send, 200, b"ok")
            return
        reader, shared = Reader.of(scope), _cross_origin(headers_of(scope).get("origin", ""))
        if reader is None or scope["method"] != "GET":
            await _plain(send, 404)
        elif shared is None:
            await _plain(send, 403)
        elif self.hub.count() >= MOST_STREAMS or (
            reader.number and self.hub.count(reader.number) >= MOST_OF_ONE
        ):
            await _plain(send, 503)
        else:
            await self._stream(reader, shared, receive, send)

    async def _look(self, reader: Reader) -> News | None:
        reader.looked = time.monotonic()
        return await asyncio.get_running_loop().run_in_executor(self._threads, reader.look)

    async def _stream(
        self, reader: Reader, shared: list[tuple[bytes, bytes]], receive: Receive, send: Send
    ) -> None:
        with self.hub.bell(
            reader.number or DESK
        ) as bell:  # rings from now on, so nothing falls between look and wait
            try:
                news = await self._look(reader)
            except DatabaseErrors:
                logger.warning("a stream could not begin: the database does not answer")
                await _plain(send, 503)
                return
            if news is None:
                await _plain(send, 404)
                return
            await send({"type": "http.response.start", "status": 200, "headers": [*HEADERS, *shared]})
            gone = asyncio.create_task(_gone(receive, bell))
            try:
                await _send(send, b"retry: 1000\n\n" + reader.events(news))
                while await self._next(reader, bell, gone, send):
                    pass
            except DatabaseErrors:
                logger.warning("a stream ends, its reader will be back: the database does not answer")
            finally:
                gone.cancel()
            if not gone.done() or gone.cancelled():
                await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _next(
        self, reader: Reader, bell: asyncio.Event, gone: "asyncio.Task[None]", send: Send
    ) -> bool:
        """Wait for the bell, or a while, and send what is new. False when the stream is to end."""
        try:
            await asyncio.wait_for(bell.wait(), PING_SECONDS)
        except TimeoutError:
            if not reader.restless and time.monotonic() - reader.looked < LOOK_SECONDS and not gone.done():
                await _send(send, b": still here\n\n")
                return True
        else:
            if not reader.number:
                await asyncio.sleep(GATHER_SECONDS)
        if gone.done():
            return False
        bell.clear()  # before looking: what comes while looking rings again
        news = await self._look(reader)
        if news is None:
            return False
        await _send(send, reader.events(news) or b": still here\n\n")
        return True


HEADERS: Final = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),  # nginx: pass each event on at once
    (b"x-content-type-options", b"nosniff"),
]


async def _gone(receive: Receive, bell: asyncio.Event) -> None:
    """Ends, and rings, when the browser has left."""
    while (await receive())["type"] != "http.disconnect":
        pass
    bell.set()


async def _send(send: Send, body: bytes) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": True})


async def _plain(send: Send, status: int, body: bytes = b"") -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
