"""The human page of the component, `/sandbox/`, and the same for scripts: what fingers do with a real card."""

from collections.abc import Callable, Mapping

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from sandbox.card_agent.pages import NO_STORE, from_foreign_page, render
from sandbox.cards import DEFAULT_PIN, DEFAULT_READER, KINDS, Card, CardError, CardStore

Fields = Mapping[str, str]
Action = Callable[[CardStore, Fields], dict[str, object]]


def card_json(cards: CardStore, card: Card) -> dict[str, object]:
    """One card as scripts see it. The PIN is shown: these cards protect nothing."""
    certificate = card.certificates[0]
    return {
        "card_id": card.card_id,
        "card_number": card.card_number,
        "ubn": card.ubn,
        "name": card.name,
        "rank": card.rank,
        "kind": card.kind,
        "kind_label": KINDS[card.kind].label,
        "pin": card.pin,
        "tries_left": card.tries_left,
        "locked": card.locked,
        "revoked": cards.is_revoked(card),
        "reader": card.reader,
        "serial": f"{certificate.serial_number:x}",
        "not_before": certificate.not_valid_before_utc.isoformat(),
        "not_after": certificate.not_valid_after_utc.isoformat(),
    }


def state(cards: CardStore) -> dict[str, object]:
    """Everything at once: readers, cards and trusted sites."""
    readers = cards.readers()
    return {
        "readers": [
            {"reader": name, "card_id": card.card_id if card else None} for name, card in readers.items()
        ],
        "cards": [card_json(cards, card) for card in cards.all()],
        "trusted": cards.trusted_sites(),
    }


def _insert(cards: CardStore, fields: Fields) -> dict[str, object]:
    cards.insert(_need(fields, "card_id"), fields.get("reader", DEFAULT_READER))
    return _card(cards, fields)


def _unlock(cards: CardStore, fields: Fields) -> dict[str, object]:
    cards.unlock(_need(fields, "card_id"))
    return _card(cards, fields)


def _revoke(cards: CardStore, fields: Fields) -> dict[str, object]:
    cards.revoke(_need(fields, "card_id"))
    return _card(cards, fields)


def _issue(cards: CardStore, fields: Fields) -> dict[str, object]:
    card = cards.issue(
        _need(fields, "ubn"),
        _need(fields, "name"),
        pin=fields.get("pin") or DEFAULT_PIN,
        rank=fields.get("rank") or "primary",
        kind=fields.get("kind") or "company",
        card_id=fields.get("card_id") or None,
    )
    return {"card": card_json(cards, card)}


def _remove(cards: CardStore, fields: Fields) -> dict[str, object]:
    cards.remove(_need(fields, "reader"))
    return {"reader": fields["reader"], "card_id": None}


def _unplug(cards: CardStore, fields: Fields) -> dict[str, object]:
    cards.unplug(_need(fields, "reader"))
    return {"readers": list(cards.readers())}


def _trust(cards: CardStore, fields: Fields) -> dict[str, object]:
    cards.trust(_need(fields, "host"))
    return {"trusted": cards.trusted_sites()}


def _distrust(cards: CardStore, fields: Fields) -> dict[str, object]:
    cards.distrust(_need(fields, "host"))
    return {"trusted": cards.trusted_sites()}


ACTIONS: dict[str, Action] = {
    "insert": _insert,
    "remove": _remove,
    "unlock": _unlock,
    "revoke": _revoke,
    "issue": _issue,
    "unplug": _unplug,
    "trust": _trust,
    "distrust": _distrust,
}


def routes(cards: CardStore) -> list[Route]:
    """`GET /sandbox/`, `GET /sandbox/state.json`, `POST /sandbox/{action}` (JSON or form; a form is led back to the page)."""

    async def page(request: Request) -> Response:
        return await run_in_threadpool(_page, cards, request.query_params.get("q", ""))

    async def state_json(request: Request) -> Response:
        return JSONResponse(await run_in_threadpool(state, cards), headers=NO_STORE)

    async def act(request: Request) -> Response:
        action = ACTIONS.get(request.path_params["action"])
        if action is None:
            raise HTTPException(404)
        if from_foreign_page(request):
            raise HTTPException(403)
        by_form = "json" not in request.headers.get("content-type", "")
        try:
            answer = await run_in_threadpool(action, cards, await _fields(request, by_form))
        except CardError as error:
            if by_form:
                return await run_in_threadpool(_page, cards, "", str(error))
            return JSONResponse({"error": str(error)}, 400)
        return RedirectResponse("/sandbox/", 303) if by_form else JSONResponse(answer, headers=NO_STORE)

    return [
        Route("/sandbox/", page),
        Route("/sandbox/state.json", state_json),
        Route("/sandbox/{action}", act, methods=["POST"]),
    ]


def _page(cards: CardStore, wanted: str, error: str = "") -> Response:
    """`wanted` narrows the cards to those whose name, number, UBN or id contains it."""
    listed = [
        card_json(cards, card)
        for card in cards.all()
        if not wanted or any(wanted in text for text in (card.name, card.ubn, card.card_number, card.card_id))
    ]
    return render(
        "console.html",
        status=400 if error else 200,
        error=error,
        wanted=wanted,
        readers=cards.readers(),
        cards=listed,
        kinds=KINDS,
        trusted=cards.trusted_sites(),
        default_pin=DEFAULT_PIN,
    )


async def _fields(request: Request, by_form: bool) -> dict[str, str]:
    if by_form:
        return {name: str(value).strip() for name, value in (await request.form()).items()}
    try:
        body = await request.json()
    except ValueError as error:
        raise CardError("請以 JSON 物件給出欄位。") from error
    if not isinstance(body, dict):
        raise CardError("請以 JSON 物件給出欄位。")
    return {name: str(value) for name, value in body.items() if value is not None}


def _need(fields: Fields, name: str) -> str:
    if not fields.get(name):
        raise CardError(f"缺少欄位 {name}。")
    return fields[name]


def _card(cards: CardStore, fields: Fields) -> dict[str, object]:
    return {"card": card_json(cards, cards.get(fields["card_id"]))}
