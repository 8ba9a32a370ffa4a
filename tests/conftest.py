"""Shared by every test: sockets beyond loopback are closed, and threads get real commits where they need them."""

import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connections

_connect = socket.socket.connect
_LOOPBACK = ("127.", "::1", "localhost", "0.0.0.0")


def _only_loopback(self: socket.socket, address: Any) -> None:
    if self.family in (socket.AF_INET, socket.AF_INET6) and not str(address[0]).startswith(_LOOPBACK):
        raise RuntimeError(f"a test reached out to {address}")
    return _connect(self, address)


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
