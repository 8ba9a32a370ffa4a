"""A reader of the stream application, inside the test's own event loop: as a browser's EventSource, without the network."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tcloud.web.ui.chat_stream import Application


class Stream:
    """What one open stream has said so far."""

    def __init__(self) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.text = ""
        self.more = asyncio.Event()
        self.left = asyncio.Event()

    async def receive(self) -> dict[str, Any]:
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        self.text += message.get("body", b"").decode()
        self.more.set()

    async def hears(self, words: str, *, seconds: float = 10) -> None:
        """Wait until the words have come."""
        async with asyncio.timeout(seconds):
            while words not in self.text:
                self.more.clear()
                await self.more.wait()

    @property
    def ids(self) -> list[int]:
        """The numbers of the messages, in order."""
        return [int(line[4:]) for line in self.text.splitlines() if line.startswith("id: ")]


@asynccontextmanager
async def opened(
    app: Application, path: str, *, cookies: str = "", query: str = "", **headers: str
) -> AsyncIterator[Stream]:
    """The stream at the path while the block runs; for a refused one its answer."""
    sent = {"cookie": cookies, **{name.replace("_", "-"): value for name, value in headers.items()}}
    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in sent.items()],
    }
    stream = Stream()
    task = asyncio.create_task(app(scope, stream.receive, stream.send))
    async with asyncio.timeout(10):
        await stream.more.wait()
    try:
        yield stream
    finally:
        stream.left.set()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(task, 10)


@asynccontextmanager
async def application() -> AsyncIterator[Application]:
    """The application, its listening connection closed at the end."""
    app = Application(threads=2)
    try:
        yield app
    finally:
        await app.hub.close()
        app.close()
