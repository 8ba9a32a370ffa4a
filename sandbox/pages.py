"""The sandbox's own pages: Jinja templates, escaped, with one style sheet."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, select_autoescape
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

TEMPLATES = Path(__file__).parent / "templates"
Page = Callable[..., Response]

# Pages hold no script except where one form must send itself (the gateway's way back to the shop).
POLICY = "default-src 'none'; style-src 'self'; img-src 'self' data:; frame-src 'self'; base-uri 'none'"


def make_page() -> Page:
    """A function `page(request, template, status=200, **context)` that renders a template of this folder."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(),
        trim_blocks=True,
        lstrip_blocks=True,
    )

    def page(
        request: Request,
        template: str,
        status: int = 200,
        headers: dict[str, str] | None = None,
        **context: Any,
    ) -> Response:
        html = environment.get_template(template).render(request=request, **context)
        return HTMLResponse(html, status, headers={"Content-Security-Policy": POLICY, **(headers or {})})

    return page


def wants_html(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")
