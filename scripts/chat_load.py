"""Text support under load, against a running demo: `python -m scripts.chat_load` (docs/decisions/0018 has the figures).

N visitors sit in N conversations with their streams open, write, and are answered by agents, all over HTTP, while in the midst of it a
worker of the web and the one of the stream are killed (kill -9). Who is not answered sends the same message again by the same name, as
a browser does. Afterwards every message must be in its conversation once, and must have reached both readers.

Conversations are put into the queue by the operations, because one address may not open so many an hour; pages are used from then on.
"""

import argparse
import asyncio
import json
import os
import random
import re
import signal
import statistics
import sys
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil

ROOT = Path(__file__).resolve().parent.parent
AGENTS = ("support@demo.tcloud.example", "support2@demo.tcloud.example")
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')


@dataclass
class Talk:
    """One conversation: its two browsers' cookies, what was written and when, and when each number reached whom."""

    number: str
    key: str
    cookies: dict[str, dict[str, str]] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    written: dict[str, float] = field(default_factory=dict)  # text → when it was sent
    by: dict[str, str] = field(default_factory=dict)  # text → asker or agent
    heard: dict[tuple[str, str], float] = field(default_factory=dict)  # (reader, text) → when it came
    resent: int = 0
    streams: int = 0
    last: dict[str, int] = field(default_factory=dict)  # reader → the number seen last


def prepare(count: int, run: dict[str, Any]) -> list[Talk]:
    """So many conversations, each in hand of one of the agents. Needs the hours: the demo's clock may have to be moved first."""
    os.environ |= {"TCLOUD_DEBUG": "1", "TCLOUD_VAR": run["var"], "DATABASE_URL": run["database_url"], "TCLOUD_REHEARSAL_CLOCK": "1"}  # fmt: skip
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    from tcloud.core import clock
    from tcloud.core.actors import VISITOR, Actor
    from tcloud.members import queries as members
    from tcloud.members.models import User
    from tcloud.programme import queries as programmes
    from tcloud.support.operations import chat, chat_desk
    from tcloud.web.ui.chat_access import new_key

    programme, at = programmes.latest(), clock.now()
    agents = [members.actor_for(User.objects.get(email=email)) for email in AGENTS]
    talks = []
    for place in range(count):
        key = new_key()
        made = chat.open_conversation(
            programme, body="開始", client_id=uuid.uuid4(), visitor_key=key, visitor_name=f"訪客{place}",  # type: ignore[arg-type]
            language="zh-hant", by=Actor(VISITOR), at=at,
        )  # fmt: skip
        chat_desk.take(made, by=agents[place % len(agents)], at=at)
        talks.append(Talk(made.number, key))
    return talks


class Load:
    """The crowd at work."""

    def __init__(self, talks: list[Talk], site: str, stream: str) -> None:
        self.talks, self.site, self.stream = talks, site, stream
        limits = httpx.Limits(max_connections=40, max_keepalive_connections=20)
        self.client = httpx.AsyncClient(timeout=20, limits=limits)
        self.streams = httpx.AsyncClient(
            timeout=httpx.Timeout(20, read=40), limits=httpx.Limits(max_connections=None)
        )
        self.ending = asyncio.Event()
        self.errors: list[str] = []

    def path(self, talk: Talk, reader: str, *, stream: bool = False) -> str:
        """The address of a talk for one of its readers."""
        if stream:
            return f"{self.stream}/stream/{'chat' if reader == 'asker' else 'desk'}/{talk.number}/"
        return f"{self.site}/{'chat' if reader == 'asker' else 'support/chat'}/{talk.number}/messages/"

    async def sign_in(self, email: str, password: str) -> dict[str, str]:
        """The cookies of an agent."""
        async with httpx.AsyncClient(timeout=30) as browser:
            page = await browser.get(f"{self.site}/account/login/")
            token = TOKEN.search(page.text)
            form = {
                "login": email,
                "password": password,
                "csrfmiddlewaretoken": token.group(1) if token else "",
            }
            answer = await browser.post(f"{self.site}/account/login/", data=form)
            if answer.status_code != 302:
                raise SystemExit(f"{email} could not sign in: {answer.status_code}")
            return dict(browser.cookies)

    async def arm(self, password: str) -> None:
        """Give every reader cookies and a token to post with."""
        agents = [await self.sign_in(email, password) for email in AGENTS]
        for place, talk in enumerate(self.talks):
            csrf = "a" * 32
            talk.cookies["asker"] = {"tc_chat": talk.key, "csrftoken": csrf}
            talk.tokens["asker"] = csrf
            talk.cookies["agent"] = agents[place % len(agents)]
            talk.tokens["agent"] = talk.cookies["agent"]["csrftoken"]

    @staticmethod
    def jar(cookies: dict[str, str]) -> dict[str, str]:
        """The cookie header."""
        return {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}

    async def listen(self, talk: Talk, reader: str) -> None:
        """An EventSource: opens again after a second, with the number it has seen last."""
        last = 0
        while not self.ending.is_set():
            headers = self.jar(talk.cookies[reader]) | ({"Last-Event-ID": str(last)} if last else {})
            try:
                async with self.streams.stream(
                    "GET", self.path(talk, reader, stream=True), headers=headers
                ) as answer:
                    if answer.status_code != 200:
                        self.errors.append(f"stream {answer.status_code}")
                        await asyncio.sleep(1)
                        continue
                    talk.streams += 1
                    last = await self.read(talk, reader, answer, last)
            except httpx.HTTPError:
                await asyncio.sleep(1)

    async def read(self, talk: Talk, reader: str, answer: httpx.Response, last: int) -> int:
        """Note when each text came. Returns the last number."""
        number = last
        async for line in answer.aiter_lines():
            if line.startswith("id: "):
                number = last = talk.last[reader] = int(line[4:])
            elif line.startswith("data: ") and (found := re.search(r"m-[0-9a-f]{12}", line)):
                talk.heard.setdefault((reader, found.group()), time.monotonic())
            if self.ending.is_set():
                break
        return number

    async def write(self, talk: Talk, reader: str) -> None:
        """One message, sent again by the same name until it is answered."""
        text = f"m-{uuid.uuid4().hex[:12]}"
        form = {
            "body": text,
            "client_id": str(uuid.uuid4()),
            "csrfmiddlewaretoken": talk.tokens[reader],
            "after": str(talk.last.get(reader, 0)),
        }
        headers = self.jar(talk.cookies[reader]) | {"Accept": "application/json", "Referer": f"{self.site}/"}
        talk.written[text], talk.by[text] = time.monotonic(), reader
        for _try in range(30):
            try:
                answer = await self.client.post(self.path(talk, reader), data=form, headers=headers)
                if answer.status_code == 200:
                    return
                self.errors.append(f"write {answer.status_code}")
            except httpx.HTTPError:
                pass
            talk.resent += 1
            await asyncio.sleep(1)
        self.errors.append("never answered")

    async def chatter(self, talk: Talk, seconds: float, pause: float) -> None:
        """Both sides write now and then."""
        chance = random.Random(talk.number)  # noqa: S311
        end = time.monotonic() + seconds
        await asyncio.sleep(chance.uniform(0, pause))
        while time.monotonic() < end:
            await self.write(talk, chance.choice(("asker", "agent")))
            await asyncio.sleep(chance.uniform(pause / 2, pause * 3 / 2))

    async def settle(self, seconds: float) -> None:
        """Wait until everything written was heard by both."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and any(self.missing(talk) for talk in self.talks):
            await asyncio.sleep(0.2)

    @staticmethod
    def missing(talk: Talk) -> list[tuple[str, str]]:
        """(reader, text) that never came."""
        return [(r, text) for text in talk.written for r in ("asker", "agent") if (r, text) not in talk.heard]


def parts(run: dict[str, Any]) -> dict[str, list[psutil.Process]]:
    """The workers of the web and of the stream, by what their command lines say."""
    found: dict[str, list[psutil.Process]] = {}
    family = psutil.Process(run["pid"]).children(recursive=True)
    for name, mark in (("web", "config.wsgi"), ("stream", "config.asgi_stream")):
        heads = [child for child in family if mark in _command(child)]
        found[name] = list(
            {each.pid: each for head in heads for each in (head, *head.children(recursive=True))}.values()
        )
    return found


def _command(process: psutil.Process) -> str:
    """Its command line; empty for one that has ended."""
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


def megabytes(processes: list[psutil.Process]) -> float:
    """Resident memory of the processes that still live."""
    return sum(p.memory_info().rss for p in processes if p.is_running()) / 1e6


def kill_worker(processes: list[psutil.Process]) -> int | None:
    """kill -9 of one worker (a leaf of the process tree)."""
    leaves = [each for each in processes if each.is_running() and not each.children()]
    if not leaves:
        return None
    os.kill(leaves[-1].pid, signal.SIGKILL)
    return leaves[-1].pid


def percentile(values: list[float], share: float) -> float:
    """The value below which that share lies, in milliseconds."""
    return 1000 * sorted(values)[min(len(values) - 1, int(share * len(values)))]


def latencies(talks: list[Talk], since: float, until: float) -> list[float]:
    """Seconds from sending to the other side's hearing, of what was sent in a span."""
    return [
        talk.heard[other, text] - sent
        for talk in talks
        for text, sent in talk.written.items()
        if since <= sent < until and (other := "agent" if talk.by[text] == "asker" else "asker")
        and (other, text) in talk.heard
    ]  # fmt: skip


async def crowd(options: argparse.Namespace, run: dict[str, Any], talks: list[Talk]) -> int:
    """The whole run; 0 when nothing was lost or doubled."""
    load = Load(talks, run["url"], options.stream)
    before = {name: megabytes(processes) for name, processes in parts(run).items()}
    await load.arm(run["password"])
    began = time.monotonic()
    ears = [asyncio.create_task(load.listen(talk, reader)) for talk in talks for reader in ("asker", "agent")]
    while time.monotonic() - began < 60 and sum(talk.streams for talk in talks) < len(ears):
        await asyncio.sleep(0.2)
    open_after = time.monotonic() - began
    print(
        f"{sum(talk.streams for talk in talks)} of {len(ears)} streams open after {open_after:.1f} s",
        flush=True,
    )
    start = time.monotonic()
    talkers = [asyncio.create_task(load.chatter(talk, options.seconds, options.pause)) for talk in talks]
    await asyncio.sleep(options.seconds / 2)
    full = {name: megabytes(processes) for name, processes in parts(run).items()}
    half = time.monotonic()
    killed = {name: kill_worker(processes) for name, processes in parts(run).items()}
    print(f"killed: {killed}", flush=True)
    await asyncio.gather(*talkers)
    await load.settle(60)
    load.ending.set()
    for each in ears:
        each.cancel()
    calm, rough = latencies(talks, start, half), latencies(talks, half, time.monotonic())
    lost = [(talk.number, *what) for talk in talks for what in load.missing(talk)]
    kept, doubled = stored(talks)
    report = {
        "visitors": len(talks),
        "streams": len(ears),
        "messages": sum(len(talk.written) for talk in talks),
        "before_the_kill_ms": {"median": round(1000 * statistics.median(calm)), "p95": round(percentile(calm, 0.95)), "max": round(1000 * max(calm))},
        "after_the_kill_ms": {"median": round(1000 * statistics.median(rough)), "p95": round(percentile(rough, 0.95)), "max": round(1000 * max(rough))},
        "memory_mb": {name: {"idle": round(before[name]), "full": round(full[name])} for name in full},
        "streams_opened_again": sum(talk.streams for talk in talks) - len(ears),
        "sent_again": sum(talk.resent for talk in talks),
        "not_stored": kept,
        "stored_twice": doubled,
        "not_heard": len(lost),
        "answers_other_than_200": {kind: load.errors.count(kind) for kind in sorted(set(load.errors))},
    }  # fmt: skip
    print(json.dumps(report, indent=1, ensure_ascii=False))
    return int(bool(kept or doubled or lost))


def stored(talks: list[Talk]) -> tuple[int, int]:
    """How many messages are in no conversation, and how many are in it more than once."""
    import threading

    counts: dict[str, int] = {}

    def look() -> None:
        from tcloud.support.models import ChatMessage

        bodies = ChatMessage.objects.filter(conversation__number__in=[talk.number for talk in talks])
        for body in bodies.values_list("body", flat=True):
            counts[body] = counts.get(body, 0) + 1

    thread = threading.Thread(target=look)  # Django asks not to be called inside an event loop
    thread.start()
    thread.join()
    written = [text for talk in talks for text in talk.written]
    return sum(text not in counts for text in written), sum(counts.get(text, 0) > 1 for text in written)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m scripts.chat_load")
    parser.add_argument("--visitors", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument(
        "--pause", type=float, default=20, help="seconds between two messages of a conversation, on average"
    )
    parser.add_argument("--stream", default="http://127.0.0.1:8001")
    options = parser.parse_args(arguments)
    var = Path(os.environ.get("TCLOUD_VAR", ROOT / "var"))
    try:
        run = json.loads((var / "demo.json").read_text(encoding="utf-8"))
    except OSError:
        print(
            "示範站沒有執行，請先執行 make demo。 No demo is running; start it with make demo.",
            file=sys.stderr,
        )
        return 1
    return asyncio.run(crowd(options, run, prepare(options.visitors, run)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
