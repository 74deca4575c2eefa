"""How a page is made: templates, the reader's language and theme, and errors as pages."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from fastapi import FastAPI, Request, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, RedirectResponse
from starlette.staticfiles import StaticFiles

from api import problems
from api.languages import language_of
from api.workbench import formats, texts
from screening.access import Principal
from screening.errors import Language, NotSignedIn, TamgaError

HERE = Path(__file__).parent
LANGUAGE_COOKIE, THEME_COOKIE = "tamga_language", "tamga_theme"
MACHINE_PATHS = ("/v1", "/health", "/openapi.json", "/static", "/metrics")
PAGES = Environment(
    loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
    lstrip_blocks=True,
)  # fmt: skip


def language(request: Request, caller: Principal | None = None) -> Language:
    """The language chosen on the page, else the person's, else the browser's."""
    chosen = request.cookies.get(LANGUAGE_COOKIE) or (caller.language if caller else None)
    return "ru" if chosen == "ru" else "en" if chosen == "en" else language_of(request)


def theme(request: Request) -> str:
    """`light` or `dark` where chosen; `auto` follows the system."""
    chosen = request.cookies.get(THEME_COOKIE, "")
    return chosen if chosen in ("light", "dark") else "auto"


def page(request: Request, name: str, caller: Principal | None, **values: Any) -> HTMLResponse:
    """One template with everything the frame needs. `status` among the values sets the status."""
    reads = language(request, caller)
    status = int(values.pop("status", 200))
    html = PAGES.get_template(name).render(
        t=partial(texts.text, reads),
        lang=reads,
        theme=theme(request),
        caller=caller,
        here=local_path(str(request.url.path) + (f"?{request.url.query}" if request.url.query else "")),
        **_writers(reads),
        **values,
    )
    return HTMLResponse(html, status, {"content-language": reads, "vary": "Cookie, Accept-Language"})


def _writers(reads: Language) -> dict[str, Callable[..., str]]:
    return {
        "kg": partial(formats.kilograms, reads),
        "amount": partial(formats.amount, reads),
        "percent": partial(formats.percent, reads),
        "moment": partial(formats.moment, reads),
        "signed": partial(formats.signed, reads),
    }


def local_path(wanted: str | None) -> str:
    """A path of this service; anything else becomes the start page. Open redirects end here."""
    if not wanted or not wanted.startswith("/") or wanted.startswith(("//", "/\\")):
        return "/"
    parts = urlsplit(wanted)
    return wanted if not parts.scheme and not parts.netloc and wanted.isprintable() else "/"


def is_page(request: Request) -> bool:
    return not request.url.path.startswith(MACHINE_PATHS)


async def _error(request: Request, error: Exception) -> Response:
    """A page's error as a page that names the next step; a machine's as problem JSON."""
    assert isinstance(error, TamgaError)
    if not is_page(request):
        return problems.answer(request, error)
    if isinstance(error, NotSignedIn) and request.method == "GET":
        return RedirectResponse(f"/sign-in?next={request.url.path}", 303)
    told = problems.problem(error, language(request), request.url.path, request.scope.get("tamga.request_id"))
    return page(request, "error.html", None, problem=told, status=told.status)


def install(app: FastAPI) -> None:
    """Static files, and errors as pages where a person reads them. After `problems.install`."""
    app.mount("/static", StaticFiles(directory=HERE / "static"), name="static")
    app.add_exception_handler(TamgaError, _error)
