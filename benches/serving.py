"""Servers under measurement: the real application and the minimal one, both started the same way."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from benches.world import ROOT

OURS = "benches.ours:application"
MINIMAL = "benches.minimal.wsgi:application"


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def granian(
    target: str, port: int, *, workers: int = 2, threads: int = 4, python: str = sys.executable
) -> list[str]:
    """The command as scripts/demo.py has it."""
    return [python, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port),
            "--workers", str(workers), "--blocking-threads", str(threads), "--no-ws",
            "--workers-kill-timeout", "3", "--log-level", "error", target]  # fmt: skip


def uvicorn(target: str, port: int, *, workers: int = 2) -> list[str]:
    """Django's ASGI handler under uvicorn; its views run in asgiref's threads."""
    return [sys.executable, "-m", "uvicorn", "--host", "127.0.0.1", "--port", str(port), "--workers", str(workers),
            "--log-level", "error", "--no-access-log", "--lifespan", "off", target]  # fmt: skip


@contextmanager
def running(command: list[str], port: int, settings: str = "config.settings") -> Iterator[int]:
    """The server while the block runs; its port. Raises RuntimeError when it does not come up within 60 seconds."""
    process = subprocess.Popen(command, cwd=ROOT, env=os.environ | {"DJANGO_SETTINGS_MODULE": settings})
    try:
        _wait(port, process)
        yield port
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(port: int, process: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end and process.poll() is None:
        with socket.socket() as sock:
            sock.settimeout(1)
            if sock.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError(f"the server on port {port} did not come up")
