"""The component's HTML pages: escaped templates of this folder, own script and style only, never cached."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, select_autoescape
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

NO_STORE = {"Cache-Control": "no-store"}
POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'"
_ENVIRONMENT = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=select_autoescape(),
    trim_blocks=True,
    lstrip_blocks=True,
)


def render(template: str, *, status: int = 200, **context: object) -> Response:
    html = _ENVIRONMENT.get_template(template).render(**context)
    return HTMLResponse(html, status, headers={**NO_STORE, "Content-Security-Policy": POLICY})


def from_foreign_page(request: Request) -> bool:
    """Whether a page of another origin sent this; programs and our own pages do not count as such."""
    origin = request.headers.get("origin")
    return origin is not None and origin != f"{request.url.scheme}://{request.headers.get('host')}"
