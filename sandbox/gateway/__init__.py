"""An ECPay-compatible payment gateway: checkout, signed callbacks, queries, refunds, a merchant's page (PROTOCOLS §5)."""

from starlette.routing import Route, Router

from sandbox.clock import Clock
from sandbox.database import Database
from sandbox.gateway import answers, cashier, merchant, statements
from sandbox.gateway.callbacks import Callbacks
from sandbox.gateway.cashier import Cashier
from sandbox.gateway.trades import Trades
from sandbox.pages import Page
from sandbox.switches import Switches

__all__ = ["Gateway"]


class Gateway:
    """The parts put together. `start` and `stop` run inside the server's event loop."""

    def __init__(self, database: Database, switches: Switches, clock: Clock, page: Page) -> None:
        self.trades = Trades(database, clock)
        self.callbacks = Callbacks(database, switches, clock)
        self.cashier = Cashier(self.trades, self.callbacks)
        self.router = Router(
            [
                *cashier.routes(self.cashier, page),
                *answers.routes(self.trades, switches, clock),
                *merchant.page_routes(self.cashier, page),
            ]
        )
        self.vendor = statements.router(self.trades)
        self.control: list[Route] = merchant.control_routes(self.cashier)

    def start(self) -> None:
        self.callbacks.start()

    async def stop(self) -> None:
        await self.cashier.stop()
        await self.callbacks.stop()
