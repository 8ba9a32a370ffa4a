"""Shared by every test: sockets beyond loopback are closed, threads get real commits where they need them, a clock may be rehearsed with."""

import socket
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection, connections
from django.utils import translation

from tcloud.core import clock
from tcloud.core.actors import OFFICER, Actor

_connect = socket.socket.connect
_LOOPBACK = ("127.", "::1", "localhost", "0.0.0.0")


def _only_loopback(self: socket.socket, address: Any) -> None:
    if self.family in (socket.AF_INET, socket.AF_INET6) and not str(address[0]).startswith(_LOOPBACK):
        raise RuntimeError(f"a test reached out to {address}")
    return _connect(self, address)


@pytest.fixture(autouse=True)
def chinese() -> Iterator[None]:
    """Every test begins in the language of the site: a page asked for in English leaves English behind in its thread."""
    with translation.override("zh-hant"):
        yield


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The test database is dropped at the end though a thread may still hold or want a session: it is shut, its sessions ended."""
    yield
    name = connection.settings_dict["NAME"]
    with django_db_blocker.unblock():
        connection.close()
        connection.close_pool()
        with connection._nodb_cursor() as cursor:
            cursor.execute(f"ALTER DATABASE {connection.ops.quote_name(name)} ALLOW_CONNECTIONS false")
            cursor.execute(
                "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = %s", [name]
            )


@pytest.fixture(autouse=True, scope="session")
def closed_network() -> Iterator[None]:
    socket.socket.connect = _only_loopback  # type: ignore[method-assign]
    yield
    socket.socket.connect = _connect  # type: ignore[method-assign]


@pytest.fixture
def at_once() -> Callable[..., list[Any]]:
    """Run calls in real threads that all begin at the same moment; returns each result or exception, in order."""

    def run(*calls: Callable[[], Any]) -> list[Any]:
        barrier, outcomes = threading.Barrier(len(calls)), [None] * len(calls)

        def one(place: int, call: Callable[[], Any]) -> None:
            barrier.wait()
            try:
                outcomes[place] = call()
            except Exception as error:
                outcomes[place] = error
            finally:
                connections.close_all()

        threads = [threading.Thread(target=one, args=pair) for pair in enumerate(calls)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return outcomes

    return run


class Rehearsal:
    """A place where the clock may be moved. `told` is what its follower heard, in turn; it follows unless `silent`."""

    def __init__(self) -> None:
        self.told: list[timedelta] = []
        self.silent = False

    def tell(self, shift: timedelta) -> list[str]:
        self.told.append(shift)
        return ["http://follower.test/"] if self.silent else []

    def move(self, to: datetime | None, **changes: Any) -> Any:
        """Move the clock as an officer who has seen the latest move."""
        from tcloud.rehearsal import operations, queries

        newest = queries.moves().first()
        values: dict[str, Any] = {
            "seen": newest.pk if newest else 0, "followers": self, "by": Actor(OFFICER, 1, None, "王執行"),
            "at": clock.now(),
        }  # fmt: skip
        return operations.move(to, **values | changes)


@pytest.fixture
def rehearsal(settings: Any, db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rehearsal]:
    """The settings of a demo, where an officer may move the clock."""
    from tcloud.rehearsal import queries
    from tcloud.web.office import rehearsal as pages

    made = Rehearsal()
    settings.DEBUG = settings.REHEARSAL_CLOCK = True
    settings.MIDDLEWARE = ["tcloud.web.ui.rehearsal.RehearsalClockMiddleware", *settings.MIDDLEWARE]
    monkeypatch.setattr(pages, "followers", lambda: made)
    clock.follow(queries.shift)
    yield made
    clock.follow(None)
