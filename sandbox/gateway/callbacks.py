"""Server-to-server messages to the merchant: signed, repeated until `1|OK`, at most four repeats (PROTOCOLS §5).

The real gateway repeats every 5–15 minutes; here the pause is `retry_seconds` (switch option, default 5 s). The switch
`gateway_callback` loses, delays, doubles or forges what is sent.
"""

import asyncio
import json
import time
from dataclasses import dataclass
from typing import Any

import httpx

from sandbox.clock import Clock
from sandbox.database import Database
from sandbox.gateway import mac
from sandbox.gateway.trades import MOMENT
from sandbox.switches import GARBAGE, Setting, Switches

SERVICE = "gateway_callback"
TIMEOUT_SECONDS = 10.0  # the merchant's time to answer
RETRY_SECONDS = 5.0
MOST_ATTEMPTS = 5  # the first and four repeats
ACKNOWLEDGED = "1|OK"


@dataclass(frozen=True)
class Message:
    """One message on its way; `state` is pending, sending, delivered, given_up or withheld."""

    id: int
    merchant_trade_no: str
    url: str
    params: dict[str, str]
    state: str
    attempts: int


class Callbacks:
    """Queue and sender. `start` and `stop` belong to the event loop of the server."""

    def __init__(self, database: Database, switches: Switches, clock: Clock) -> None:
        self._database = database
        self._switches = switches
        self._clock = clock
        self._client: httpx.AsyncClient | None = None
        self._task: asyncio.Task[None] | None = None
        self._wake = asyncio.Event()
        database.script(
            """
            CREATE TABLE IF NOT EXISTS callback (
                id INTEGER PRIMARY KEY, merchant_trade_no TEXT NOT NULL, url TEXT NOT NULL, params TEXT NOT NULL,
                state TEXT NOT NULL DEFAULT 'pending', attempts INTEGER NOT NULL DEFAULT 0,
                next_at REAL NOT NULL DEFAULT 0);
            CREATE INDEX IF NOT EXISTS callback_trade ON callback (merchant_trade_no);
            CREATE INDEX IF NOT EXISTS callback_due ON callback (next_at) WHERE state = 'pending';
            CREATE TABLE IF NOT EXISTS attempt (
                id INTEGER PRIMARY KEY, callback_id INTEGER NOT NULL, at TEXT NOT NULL, how TEXT NOT NULL,
                status INTEGER NOT NULL, answer TEXT NOT NULL);
            CREATE INDEX IF NOT EXISTS attempt_callback ON attempt (callback_id);
            UPDATE callback SET state = 'pending' WHERE state = 'sending';
            """
        )

    def start(self) -> None:
        self._client = httpx.AsyncClient(timeout=TIMEOUT_SECONDS, trust_env=False, follow_redirects=False)
        self._task = asyncio.create_task(self._repeat())

    async def stop(self) -> None:
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._client:
            await self._client.aclose()

    async def send(self, merchant_trade_no: str, url: str, params: dict[str, str]) -> dict[str, Any]:
        """Queue a message and make the first attempt (unless the switch holds it back); returns `report`."""
        identity = self._queue(merchant_trade_no, url, params)
        await self._attempt(identity, self._switches.setting(SERVICE))
        return self.report(identity)

    async def forge(
        self, merchant_trade_no: str, url: str, params: dict[str, str], what: str
    ) -> dict[str, Any]:
        """Send one forged message now, outside the queue of real ones; never repeated."""
        identity = self._queue(merchant_trade_no, url, mac.forged(params, what), state="given_up")
        await self._post(self._message(identity), f"forge {what}")
        return self.report(identity)

    async def again(self, identity: int) -> dict[str, Any]:
        """Send a message once more, now, whatever became of it; an attempt under way is let finish first."""
        while self._message(identity).state == "sending":
            await asyncio.sleep(0.02)
        self._database.run("UPDATE callback SET state = 'pending' WHERE id = ?", (identity,))
        await self._attempt(identity, self._switches.setting(SERVICE))
        return self.report(identity)

    def of_trade(self, merchant_trade_no: str) -> list[dict[str, Any]]:
        rows = self._database.all(
            "SELECT id FROM callback WHERE merchant_trade_no = ? ORDER BY id", (merchant_trade_no,)
        )
        return [self.report(row["id"]) for row in rows]

    def report(self, identity: int) -> dict[str, Any]:
        """What became of a message: state, url, parameters and every attempt with the merchant's answer."""
        message = self._message(identity)
        attempts = self._database.all(
            "SELECT at, how, status, answer FROM attempt WHERE callback_id = ? ORDER BY id", (identity,)
        )
        return {
            "id": identity,
            "url": message.url,
            "state": message.state,
            "delivered": message.state == "delivered",
            "params": message.params,
            "attempts": [dict(row) for row in attempts],
        }

    def _queue(self, merchant_trade_no: str, url: str, params: dict[str, str], state: str = "pending") -> int:
        cursor = self._database.run(
            "INSERT INTO callback (merchant_trade_no, url, params, state, next_at) VALUES (?, ?, ?, ?, ?)",
            (merchant_trade_no, url, json.dumps(params), state, time.time() + TIMEOUT_SECONDS),
        )
        return int(cursor.lastrowid or 0)

    def _message(self, identity: int) -> Message:
        row = self._database.one(
            "SELECT id, merchant_trade_no, url, params, state, attempts FROM callback WHERE id = ?",
            (identity,),
        )
        if row is None:
            raise LookupError(identity)
        return Message(**{**dict(row), "params": json.loads(row["params"])})

    async def _attempt(self, identity: int, setting: Setting) -> None:
        """One turn of a message: claimed by compare-and-set, so that two senders never hold it at once."""
        message = self._message(identity)
        if setting.mode == "late" and message.attempts == 0:
            self._put_off(identity, setting.seconds, attempts=1)
            return
        if setting.mode == "silent":
            self._database.run("UPDATE callback SET state = 'withheld' WHERE id = ?", (identity,))
            return
        claimed = self._database.run(
            "UPDATE callback SET state = 'sending', attempts = attempts + 1 WHERE id = ? AND state = 'pending'",
            (identity,),
        )
        if claimed.rowcount == 0:
            return
        acknowledged = await self._deliver(message, setting)
        if acknowledged:
            self._database.run("UPDATE callback SET state = 'delivered' WHERE id = ?", (identity,))
        elif message.attempts + 1 >= MOST_ATTEMPTS:
            self._database.run("UPDATE callback SET state = 'given_up' WHERE id = ?", (identity,))
        else:
            self._put_off(identity, float(setting.options.get("retry_seconds", RETRY_SECONDS)))

    def _put_off(self, identity: int, seconds: float, attempts: int = 0) -> None:
        self._database.run(
            "UPDATE callback SET state = 'pending', next_at = ?, attempts = attempts + ? WHERE id = ?",
            (time.time() + seconds, attempts, identity),
        )
        self._wake.set()

    async def _deliver(self, message: Message, setting: Setting) -> bool:
        if setting.mode == "delay":
            await asyncio.sleep(setting.seconds)
        if setting.mode == "fail":
            self._note(message.id, "fail", 0, "（沙盒：通知在途中遺失）")
            return False
        if setting.mode == "duplicate":
            times = int(setting.options.get("n", 2))
            if setting.options.get("concurrent"):
                answers = await asyncio.gather(*(self._post(message, "duplicate") for _ in range(times)))
            else:
                answers = [await self._post(message, "duplicate") for _ in range(times)]
            return all(answers)
        if setting.mode == "forge":
            what = str(setting.options.get("what") or "mac")
            await self._post(message, f"forge {what}", mac.forged(message.params, what))
            return False  # whatever the merchant said, the true message is still to come
        return await self._post(message, setting.mode)

    async def _post(self, message: Message, how: str, params: dict[str, str] | None = None) -> bool:
        """One HTTP POST; acknowledged only by status 200 and exactly `1|OK`."""
        if self._client is None:
            raise RuntimeError("the sender is not running")
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        try:
            if how == "garbage":
                answer = await self._client.post(message.url, content=GARBAGE, headers=form)
            else:
                answer = await self._client.post(message.url, data=params or message.params)
        except httpx.HTTPError as error:
            self._note(message.id, how, 0, f"{type(error).__name__}: {error}")
            return False
        self._note(message.id, how, answer.status_code, answer.text[:500])
        return how != "garbage" and answer.status_code == 200 and answer.text.strip() == ACKNOWLEDGED

    def _note(self, identity: int, how: str, status: int, answer: str) -> None:
        self._database.run(
            "INSERT INTO attempt (callback_id, at, how, status, answer) VALUES (?, ?, ?, ?, ?)",
            (identity, self._clock.now().strftime(MOMENT), how, status, answer),
        )

    async def _repeat(self) -> None:
        """Send what is due, then sleep until the next is due or a message is put off."""
        while True:
            self._wake.clear()
            due = self._database.all(
                "SELECT id FROM callback WHERE state = 'pending' AND next_at <= ? ORDER BY next_at LIMIT 50",
                (time.time(),),
            )
            setting = self._switches.setting(SERVICE)
            await asyncio.gather(*(self._attempt(row["id"], setting) for row in due))
            row = self._database.one("SELECT min(next_at) AS at FROM callback WHERE state = 'pending'")
            pause = max(0.05, row["at"] - time.time()) if row and row["at"] else None
            try:
                await asyncio.wait_for(self._wake.wait(), pause)
            except TimeoutError:
                continue
