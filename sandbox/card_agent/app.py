"""The component's endpoints (PROTOCOLS §1.2) as an ASGI application."""

from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote_plus, urlsplit

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from sandbox.card_agent import answers, console
from sandbox.card_agent.codes import AgentError
from sandbox.card_agent.pages import NO_STORE, from_foreign_page, render
from sandbox.cards import CardStore
from sandbox.switches import Switched, Switches

STATIC = Path(__file__).parent / "static"
OPENER = "X-Opener-Origin"  # set by our own popup: the origin that the browser attached to the page's message
PACKAGE = "tbsPackage="


def create_app(cards: CardStore, switches: Switches | None = None) -> ASGIApp:
    """The component over `cards`. Switch `card_agent` disturbs everything but the human page under `/sandbox/`.

    Only `p11Image.bmp` allows other origins to read it: without that a page could not read the picture off its canvas
    (PROTOCOLS §1.3), and it tells nothing secret. Every other answer reaches a page through the popup alone.
    """
    agent = _Agent(cards)
    app = Starlette(
        routes=[
            Route("/p11Image.bmp", agent.picture),
            Route("/pkcs11info", agent.environment, methods=["GET", "POST"]),
            Route("/popupForm", agent.popup),
            Route("/ChtPopupForm", agent.popup),
            Route("/sign", agent.sign, methods=["POST"]),
            Route("/umakeSig", agent.sign_nested, methods=["POST"]),
            Route("/addDomain", agent.ask_trust, methods=["GET"]),
            Route("/addDomain", agent.trust, methods=["POST"]),
            Route("/selfTest.htm", agent.self_test),
            Route("/waiting.gif", agent.waiting),
            Mount("/sandbox/static", StaticFiles(directory=STATIC)),
            *console.routes(cards),
        ]
    )
    return app if switches is None else Switched(app, switches, _service)


class _Agent:
    """The handlers; each speaks for one endpoint."""

    def __init__(self, cards: CardStore) -> None:
        self.cards = cards

    async def picture(self, request: Request) -> Response:
        picture = await run_in_threadpool(answers.picture, self.cards)
        headers = {**NO_STORE, "Access-Control-Allow-Origin": "*"}
        return Response(picture, media_type="image/bmp", headers=headers)

    async def environment(self, request: Request) -> Response:
        with_certificates = request.query_params.get("withcert") == "true"

        def answer() -> answers.Answer:
            return answers.environment(self.cards, with_certificates=with_certificates)

        return await self._guarded(request, "pkcs11info", answer)

    async def sign(self, request: Request) -> Response:
        package = await _package(request)
        return await self._guarded(request, "sign", lambda: self._signature(package))

    async def sign_nested(self, request: Request) -> Response:
        """The older call: card number and signature lie in `data` (PROTOCOLS §1.6)."""
        package = await _package(request)

        def answer() -> answers.Answer:
            flat = self._signature(package)
            nested = {name: flat.pop(name) for name in ("cardSN", "signature") if name in flat}
            return {**flat, "data": nested} if nested else flat

        return await self._guarded(request, "sign", answer)

    async def popup(self, request: Request) -> Response:
        return render("popup.html")

    async def ask_trust(self, request: Request) -> Response:
        """Ask the user, in the popup; nothing changes before the answer."""
        return render("add_domain.html", host=_host(request.query_params.get("domain", "")))

    async def trust(self, request: Request) -> Response:
        host = _host(str((await request.form()).get("domain", "")))

        def answer() -> answers.Answer:
            if not host:
                raise AgentError("bad_parameter")
            self.cards.trust(host)
            return {"func": "addDomain", "ret_code": 0, "last_error": 0}

        return await self._guarded(request, "addDomain", answer)

    async def self_test(self, request: Request) -> Response:
        readers = await run_in_threadpool(self.cards.readers)
        return render("self_test.html", version=answers.VERSION, readers=readers)

    async def waiting(self, request: Request) -> Response:
        return FileResponse(STATIC / "waiting.gif")

    def _signature(self, package: str) -> answers.Answer:
        return answers.make_signature(self.cards, answers.parse(package))

    async def _guarded(self, request: Request, func: str, answer: Callable[[], answers.Answer]) -> Response:
        """Run `answer` for a site that may ask, and put a refusal into the component's own form."""

        def run() -> answers.Answer:
            try:
                _check_site(self.cards, request)
                return answer()
            except AgentError as error:
                return error.answer(func, answers.VERSION)

        return JSONResponse(await run_in_threadpool(run), headers=NO_STORE)


async def _package(request: Request) -> str:
    """The JSON text of the form. Pages send it raw but for `+` as `%2B`, so an `&` inside is content, not a separator."""
    body = (await request.body()).decode("utf-8", "replace")
    return unquote_plus(body.removeprefix(PACKAGE)) if body.startswith(PACKAGE) else ""


def _check_site(cards: CardStore, request: Request) -> None:
    """Refuse foreign pages that post here directly, and popups whose opener is not trusted. Programs send neither header."""
    opener = request.headers.get(OPENER)
    untrusted = opener is not None and _host(opener) not in cards.trusted_sites()
    if untrusted or from_foreign_page(request):
        raise AgentError("site_not_trusted")


def _host(text: str) -> str | None:
    """The host name in `shop.example`, `shop.example:8000` or an origin; None when there is none."""
    try:
        return urlsplit(text if "//" in text else f"//{text}").hostname
    except ValueError:
        return None


def _service(path: str) -> str | None:
    return None if path.startswith("/sandbox") else "card_agent"
