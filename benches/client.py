"""A small load client over raw sockets, in a process of its own so that it takes no time from the server's Python.

    python -m benches.client PORT CONNECTIONS STATUS < requests

Standard input holds the requests as hex, one a line; each is sent once, by connections kept alive. Prints requests per second and the 99th percentile of an answer in ms.
"""

import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from itertools import count
from typing import Any

from benches.world import ROOT

CSRF = "c" * 32


def request(
    method: str, path: str, *, cookies: dict[str, str] | None = None, body: bytes = b"", **headers: str
) -> bytes:
    """An HTTP/1.1 request as bytes."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", "Accept: text/html", "Accept-Language: zh-TW"]
    if cookies:
        lines.append("Cookie: " + "; ".join(f"{name}={value}" for name, value in cookies.items()))
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    if method == "POST":
        lines += [f"Content-Length: {len(body)}", "Content-Type: application/x-www-form-urlencoded"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def statements(send: Callable[[], Any], *, to: str = "") -> int:
    """How many statements a whole request by Django's test client makes, its session and user included, without BEGIN and COMMIT.

    Raises RuntimeError when it is answered by anything but a redirection to an address with `to` in it.
    """
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as captured:
        answer = send()
    if answer.status_code != 302 or to not in answer["Location"]:
        raise RuntimeError(f"the submission was answered {answer.status_code}")
    return sum(row["sql"] not in ("BEGIN", "COMMIT") for row in captured.captured_queries)


def rate(port: int, requests: list[bytes], *, connections: int = 8, status: int = 200) -> float:
    """Answers per second of the server on `port`. Raises RuntimeError when one has another status."""
    return timed(port, requests, connections=connections, status=status)[0]


def timed(
    port: int, requests: list[bytes], *, connections: int = 8, status: int = 200
) -> tuple[float, float]:
    """`rate`, and within how many ms 99 of 100 answers came."""
    told = "\n".join(each.hex() for each in requests)
    command = [sys.executable, "-m", "benches.client", str(port), str(connections), str(status)]
    done = subprocess.run(command, input=told, text=True, capture_output=True, cwd=ROOT)
    if done.returncode:
        raise RuntimeError(done.stderr.strip()[-2000:])
    per_second, p99_ms = done.stdout.split()
    return float(per_second), float(p99_ms)


def _exchange(sock: socket.socket, sent: bytes) -> bytes:
    sock.sendall(sent)
    data = b""
    while b"\r\n\r\n" not in data:
        data += _more(sock)
    head, _blank, body = data.partition(b"\r\n\r\n")
    low = head.lower()
    if b"content-length:" in low:
        length = int(low.split(b"content-length:")[1].split(b"\r\n")[0])
        missing = length - len(body)
        while missing > 0:
            missing -= len(_more(sock))
    elif b"transfer-encoding: chunked" in low:
        while not body.endswith(b"0\r\n\r\n"):
            body += _more(sock)
    return head


def _more(sock: socket.socket) -> bytes:
    part = sock.recv(262_144)
    if not part:
        raise ConnectionError("the server closed the connection")
    return part


def _run(port: int, connections: int, status: str, requests: list[bytes]) -> str:
    places, wrong, took = count(), [], []
    begin = threading.Barrier(connections + 1)

    def one() -> None:
        with socket.create_connection(("127.0.0.1", port)) as sock:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            begin.wait()
            try:
                while (place := next(places)) < len(requests):
                    sent = time.perf_counter()
                    head = _exchange(sock, requests[place])
                    took.append(time.perf_counter() - sent)
                    if head.split(b" ", 2)[1].decode() != status:
                        wrong.append(head[:500])
            except OSError as error:
                wrong.append(repr(error).encode())

    threads = [threading.Thread(target=one) for _ in range(connections)]
    for thread in threads:
        thread.start()
    begin.wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - began
    if wrong:
        sys.exit(f"{len(wrong)} wrong answers, first: {wrong[0].decode(errors='replace')}")
    return f"{len(requests) / seconds} {1000 * statistics.quantiles(took, n=100)[98]}"


if __name__ == "__main__":
    lines = [bytes.fromhex(line) for line in sys.stdin.read().splitlines()]
    print(_run(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], lines))
