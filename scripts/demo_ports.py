"""Who listens on a port, and which processes belong to a demo. psutil comes with the embedded database."""

import contextlib
import os
import socket

import psutil


def is_busy(port: int) -> bool:
    """Whether something listens on 127.0.0.1:`port`, or on all interfaces."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def holder(port: int) -> tuple[int | None, str]:
    """Process id and command of who listens on `port`; (None, "") where this user may not see it."""
    with contextlib.suppress(psutil.Error):
        for connection in psutil.net_connections("tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port and connection.pid:
                return connection.pid, " ".join(psutil.Process(connection.pid).cmdline())[:80]
    return None, ""


def is_alive(pid: int | None, word: str = "") -> bool:
    """Whether the process runs (a zombie does not), and has `word` in its command."""
    try:
        process = psutil.Process(pid) if pid else None
        return (
            process is not None
            and process.status() != psutil.STATUS_ZOMBIE
            and any(word in part for part in [process.name(), *process.cmdline()])
        )
    except psutil.Error:
        return False


def marked(entry: str) -> list[int]:
    """Processes of this user with the environment entry "NAME=value", this one left out."""
    name, _sign, value = entry.partition("=")
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.pid != os.getpid() and process.environ().get(name) == value:
                found.append(process.pid)
    return found


def send(pid: int, number: int) -> None:
    """Send a signal; a process that is gone already is fine."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)
