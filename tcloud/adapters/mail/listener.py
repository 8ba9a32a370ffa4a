"""An SMTP server for the mail that comes in (RFC 5321), on aiosmtpd, in a thread of its own."""

import asyncio
import logging
import socket
import threading
from collections.abc import Callable
from typing import Any, Final

from aiosmtpd.smtp import SMTP, Envelope, Session

from tcloud.adapters.mail.parse import MOST_BYTES

logger = logging.getLogger(__name__)
MOST_RECIPIENTS: Final = 20
SECONDS: Final = 60  # a client may be silent

Accepts = Callable[[str], bool]  # is there such a mailbox here? asked for each RCPT TO
Take = Callable[
    [str, list[str], bytes], None
]  # store it: sender, recipients, message; raising means "try again later"


class _Handler:
    def __init__(self, accepts: Accepts, take: Take) -> None:
        self._accepts, self._take = accepts, take

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if len(envelope.rcpt_tos) >= MOST_RECIPIENTS:
            return "452 4.5.3 Too many recipients"
        if not await asyncio.to_thread(self._accepts, address):
            return "550 5.1.1 No such mailbox here"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        content = envelope.original_content or b""
        try:
            await asyncio.to_thread(self._take, envelope.mail_from or "", list(envelope.rcpt_tos), content)
        except Exception:
            logger.exception("a mail could not be stored")
            return "451 4.3.0 Try again later"
        return "250 2.0.0 Stored"

    async def handle_exception(self, error: Exception) -> str:
        logger.error("a mail client made us stumble: %s", type(error).__name__)
        return "451 4.3.0 Try again later"


class Listener:
    """Listens on `host` and `port` (0: any free one) between `start` and `stop`. Mails above MOST_BYTES bytes are refused with 552."""

    def __init__(self, accepts: Accepts, take: Take, *, host: str, port: int) -> None:
        self._handler = _Handler(accepts, take)
        self._socket = socket.create_server((host, port))
        self.port: int = self._socket.getsockname()[1]
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="mail", daemon=True)
        self._server: Any = None

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()
        made = self._loop.create_server(self._protocol, sock=self._socket)
        self._server = asyncio.run_coroutine_threadsafe(made, self._loop).result()

    def stop(self) -> None:
        """Take no more; what is being stored is finished."""
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _end(self) -> None:
        self._server.close()
        mine = asyncio.current_task()
        open_now = [task for task in asyncio.all_tasks() if task is not mine]
        for task in open_now:
            task.cancel()
        await asyncio.gather(*open_now, return_exceptions=True)
        await self._loop.shutdown_default_executor()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    def _protocol(self) -> SMTP:
        return SMTP(
            self._handler, data_size_limit=MOST_BYTES, timeout=SECONDS, ident="tcloud", loop=self._loop,
            enable_SMTPUTF8=True,
        )  # fmt: skip
