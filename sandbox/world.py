"""The whole sandbox in one process: `World` for tests, `python -m sandbox` for people (sandbox/__main__.py)."""

import asyncio
import contextlib
import json
import logging
import os
import socket
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import uvicorn
from starlette.types import ASGIApp

from sandbox import control, web
from sandbox.agency import AGENCY_KEY
from sandbox.cards import CardStore
from sandbox.clock import Clock
from sandbox.companies import Companies
from sandbox.database import Database
from sandbox.einvoice import Einvoice, cipher
from sandbox.gateway import Gateway, mac
from sandbox.mailbox import Mailbox
from sandbox.newebpay import Newebpay
from sandbox.pages import make_page
from sandbox.pki import Pki
from sandbox.switches import Switches

HOST = "127.0.0.1"
START_SECONDS = 30.0


class PortBusy(RuntimeError):
    """A port that the sandbox needs is taken; the sentence says which and what to do."""

    def __init__(self, port: int, option: str) -> None:
        super().__init__(
            f"連接埠 {port} 已經被別的程式占用，沙盒無法啟動。請先關閉占用的程式（也許是上次沒有結束的沙盒），"
            f"或用 {option} 指定別的連接埠。"
        )
        self.port = port


class World:
    """The outside world in small, served from a background thread.

    `directory` keeps everything that lasts. A port of 0 takes any free one; `agent_port=None` leaves the card component out.
    With `issue_cards=False` no demo cards are made (they take about 7 s on the first start); cards can still be issued.
    `clock_offset`: seconds by which its clock differs from the machine's from the first moment on.
    """

    def __init__(
        self,
        directory: Path,
        *,
        port: int = 0,
        agent_port: int | None = None,
        smtp_port: int = 0,
        platform_mail_port: int = 8126,
        issue_cards: bool = True,
        clock_offset: float = 0,
    ) -> None:
        self.directory = Path(directory)
        self._wanted = (port, agent_port, smtp_port)
        self._platform_mail_port = platform_mail_port
        self._issue_cards = issue_cards
        self._sockets: list[socket.socket] = []
        self._stores: list[Database | Pki] = []
        self._servers: list[uvicorn.Server] = []
        self._thread: threading.Thread | None = None
        self._failure: BaseException | None = None
        self.switches = Switches()
        self.clock = Clock(clock_offset)
        self.port = port
        self.smtp_port = smtp_port
        self.agent_port = agent_port

    @property
    def base_url(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def agent_url(self) -> str:
        """The component's address as pages must name it; "" when it is left out."""
        return f"http://localhost:{self.agent_port}" if self.agent_port is not None else ""

    @property
    def ready_file(self) -> Path:
        return self.directory / "ready.json"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Take the ports, open the stores, issue missing cards, serve. Raises `PortBusy`."""
        if self._thread is not None:
            raise RuntimeError("the world is running")
        port, agent_port, smtp_port = self._wanted
        try:
            web_sockets = self._bind(port, "--port")
            self.port = web_sockets[0].getsockname()[1]
            smtp_socket = self._bind(smtp_port, "--smtp-port")[0]
            self.smtp_port = smtp_socket.getsockname()[1]
            agent_sockets: list[socket.socket] = []
            if agent_port is not None:
                agent_sockets = self._bind(agent_port, "--agent-port", also_six=True)
                self.agent_port = agent_sockets[0].getsockname()[1]
            self._open_stores()
        except BaseException:
            self._close_sockets()
            self._close_stores()
            raise
        apps: list[tuple[ASGIApp, list[socket.socket]]] = [(self._application(smtp_socket), web_sockets)]
        if agent_sockets:
            from sandbox.card_agent import create_app

            apps.append((create_app(self.cards, self.switches), agent_sockets))
        self._serve(apps)
        self._write_ready()

    def stop(self) -> None:
        """Stop serving within 2 s, whatever is still under way; harmless when not running."""
        if self._thread is None:
            return
        self.ready_file.unlink(missing_ok=True)
        for server in self._servers:
            server.should_exit = True
        self._thread.join(10)
        self._thread = None
        self._servers = []
        self._close_sockets()
        self._close_stores()

    def _bind(self, port: int, option: str, *, also_six: bool = False) -> list[socket.socket]:
        try:
            bound = [_listener(socket.AF_INET, HOST, port)]
        except OSError as error:
            raise PortBusy(port, option) from error
        self._sockets += bound
        if also_six:  # browsers try ::1 first for "localhost"
            with contextlib.suppress(OSError):
                bound.append(_listener(socket.AF_INET6, "::1", bound[0].getsockname()[1]))
                self._sockets.append(bound[-1])
        return bound

    def _open_stores(self) -> None:
        self.database = Database(self.directory / "sandbox.sqlite3")
        self._stores.append(self.database)
        self.companies = Companies(self.database, self.clock)
        self.pki = Pki.open(self.directory / "pki", self.base_url, self.clock.now)
        self._stores.append(self.pki)
        self.cards = CardStore(self.pki)
        if self._issue_cards:
            control.issue_missing(self.companies, self.cards)

    def _application(self, smtp_socket: socket.socket) -> ASGIApp:
        page = make_page()
        self.gateway = Gateway(self.database, self.switches, self.clock, page)
        self.einvoice = Einvoice(self.database, self.switches, self.clock)
        self.newebpay = Newebpay(self.database, self.switches, self.clock, page)
        self.mailbox = Mailbox(
            self.database, self.switches, self.clock, page, platform_port=self._platform_mail_port
        )

        @asynccontextmanager
        async def lifespan() -> AsyncIterator[None]:
            self.gateway.start()
            await self.mailbox.start(smtp_socket)
            yield
            await self.mailbox.stop()
            await self.gateway.stop()

        return web.build(
            companies=self.companies,
            cards=self.cards,
            gateway=self.gateway,
            einvoice=self.einvoice,
            newebpay=self.newebpay,
            mailbox=self.mailbox,
            pki=self.pki.asgi_app(self.switches),
            switch_board=self.switches,
            clock=self.clock,
            page=page,
            agent_url=self.agent_url,
            lifespan=lifespan,
        )

    def _serve(self, apps: list[tuple[ASGIApp, list[socket.socket]]]) -> None:
        started = threading.Event()

        async def serve() -> None:
            for app, _ in apps:
                config = uvicorn.Config(
                    app, log_config=None, log_level="warning", access_log=False, timeout_graceful_shutdown=1
                )
                self._servers.append(uvicorn.Server(config))
            tasks = [
                asyncio.create_task(server.serve(sockets=sockets))
                for server, (_, sockets) in zip(self._servers, apps, strict=True)
            ]
            while not all(server.started for server in self._servers):
                if any(task.done() for task in tasks):
                    raise RuntimeError("沙盒的伺服器沒有啟動成功。")
                await asyncio.sleep(0.01)
            started.set()
            await asyncio.gather(*tasks)

        def run() -> None:
            try:
                asyncio.run(serve())
            except (Exception, SystemExit) as error:
                self._failure = error
                logging.getLogger("sandbox").exception("the sandbox stopped")
            finally:
                started.set()

        self._thread = threading.Thread(target=run, name="sandbox", daemon=True)
        self._thread.start()
        if not started.wait(START_SECONDS) or self._failure:
            self.stop()
            raise RuntimeError("沙盒無法啟動。") from self._failure

    def _close_sockets(self) -> None:
        for sock in self._sockets:
            sock.close()
        self._sockets = []

    def _close_stores(self) -> None:
        for store in self._stores:
            store.close()
        self._stores = []

    def ready(self) -> dict[str, Any]:
        """Everything that a demo or a test needs to know, as ready.json holds it."""
        return {
            "pid": os.getpid(),
            "base_url": self.base_url,
            "port": self.port,
            "agent_url": self.agent_url,
            "agent_port": self.agent_port,
            "smtp_host": HOST,
            "smtp_port": self.smtp_port,
            "mail_url": f"{self.base_url}/mail/",
            "anchors": [str(self.pki.root_path.resolve())],
            "intermediates": [str(self.pki.issuing_path.resolve())],
            "gcis_url": f"{self.base_url}/gcis",
            "fia_url": f"{self.base_url}/fia",
            "agency_url": f"{self.base_url}/agency/v1",
            "agency_key": AGENCY_KEY,
            "tsa_url": f"{self.base_url}/pki/tsa",
            "gateway": {
                "url": f"{self.base_url}/ecpay",
                "merchant_id": mac.MERCHANT_ID,
                "hash_key": mac.HASH_KEY,
                "hash_iv": mac.HASH_IV,
            },
            "einvoice": {
                "url": f"{self.base_url}/einvoice",
                "merchant_id": cipher.MERCHANT_ID,
                "hash_key": cipher.HASH_KEY,
                "hash_iv": cipher.HASH_IV,
            },
            "cards": [
                control.as_json(company, card_id)
                for company, card_id in self.companies.listing(origin="synthetic")
                if card_id
            ],
        }

    def _write_ready(self) -> None:
        draft = self.ready_file.with_suffix(".new")
        draft.write_text(json.dumps(self.ready(), ensure_ascii=False, indent=1), encoding="utf-8")
        draft.replace(self.ready_file)


def _listener(family: int, host: str, port: int) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind((host, port))
        sock.listen(128)
        sock.setblocking(False)
    except BaseException:
        sock.close()
        raise
    return sock
