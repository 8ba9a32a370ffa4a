"""One small world per test process, without demo cards; every test starts with all switches on `ok`."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl

import httpx
import pytest

from sandbox.world import World


@pytest.fixture(scope="session")
def running_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with World(tmp_path_factory.mktemp("world"), issue_cards=False) as world:
        yield world


@pytest.fixture
def world(running_world: World) -> Iterator[World]:
    running_world.switches.reset()
    running_world.clock.shift(0)
    yield running_world
    running_world.switches.reset()
    running_world.clock.shift(0)


@pytest.fixture
def http(world: World) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=world.base_url, timeout=15, trust_env=False) as client:
        yield client


@pytest.fixture
def var(tmp_path: Path) -> Path:
    return tmp_path / "sandbox"


class Shop:
    """A merchant that listens. `received` grows with each callback; `answers` are used up in turn, then `1|OK`."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.received: list[dict[str, str]] = []
        self.raw: list[bytes] = []
        self.answers: list[str] = []
        self._changed = threading.Condition()
        self.together = 0
        self.most_together = 0
        self.hold: threading.Barrier | None = None

    def take(self, body: bytes) -> str:
        with self._changed:
            self.together += 1
            self.most_together = max(self.most_together, self.together)
        if self.hold:
            self.hold.wait(5)
        with self._changed:
            self.together -= 1
            self.raw.append(body)
            self.received.append(dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)))
            self._changed.notify_all()
            return self.answers.pop(0) if self.answers else "1|OK"

    def wait_for(self, count: int, seconds: float = 10) -> list[dict[str, str]]:
        """The callbacks once `count` have come; fails after `seconds`."""
        with self._changed:
            came = self._changed.wait_for(lambda: len(self.received) >= count, seconds)
            assert came, f"only {len(self.received)} of {count} callbacks came"
            return list(self.received)


@contextmanager
def open_shop() -> Iterator[Shop]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            answer = shop.take(body).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/plain")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    shop = Shop(f"http://127.0.0.1:{server.server_port}/callback")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield shop
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def shop() -> Iterator[Shop]:
    with open_shop() as opened:
        yield opened
