"""How a page is made: templates, the reader's language, theme and keys, and who reads."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import Depends, FastAPI, Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse
from starlette.staticfiles import StaticFiles

from api.dependencies import PrincipalDep
from api.languages import language_of
from api.workbench import citations, formats, texts, words
from screening.access import Principal, require
from screening.errors import Language
from screening.ids import utc_now

HERE = Path(__file__).parent
LANGUAGE_COOKIE, THEME_COOKIE, KEYS_COOKIE = "tamga_language", "tamga_theme", "tamga_keys"
PAGES = Environment(
    loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
    lstrip_blocks=True, auto_reload=False, cache_size=-1,
)  # fmt: skip

PAGES.filters["cite"] = citations.cite


def remembered(request: Request, caller: PrincipalDep) -> Principal:
    """The caller, kept for the request: an error page still knows who reads it, and in which language."""
    request.state.caller = caller
    return caller


Reader = Annotated[Principal, Depends(remembered)]


def _regulator(caller: Reader) -> Principal:
    return require(caller, "regulator")


RegulatorReader = Annotated[Principal, Depends(_regulator)]


def language(request: Request, caller: Principal | None = None) -> Language:
    """The language chosen on the page, else the person's, else the browser's."""
    chosen = request.cookies.get(LANGUAGE_COOKIE) or (caller.language if caller else None)
    return "ru" if chosen == "ru" else "en" if chosen == "en" else language_of(request)


def theme(request: Request) -> str:
    """`light` or `dark` where chosen; `auto` follows the system."""
    chosen = request.cookies.get(THEME_COOKIE, "")
    return chosen if chosen in ("light", "dark") else "auto"


def page(request: Request, name: str, caller: Principal | None, **values: Any) -> HTMLResponse:
    """One template with everything the frame needs.

    Among the values `status` sets the status and `here` the address to which a change of language returns: by
    default this one, and the start page for the answer to a form.
    """
    reads = language(request, caller)
    status = int(values.pop("status", 200))
    html = PAGES.get_template(name).render(
        lang=reads,
        theme=theme(request),
        keys=request.cookies.get(KEYS_COOKIE) != "off",
        caller=caller,
        here=values.pop("here", None) or _address(request),
        **_writers(reads),
        **values,
    )
    return HTMLResponse(html, status, {"content-language": reads, "vary": "Cookie, Accept-Language"})


def _address(request: Request) -> str:
    if request.method not in ("GET", "HEAD"):
        return "/"
    query = f"?{request.url.query}" if request.url.query else ""
    return local_path(request.url.path + query)


def _writers(reads: Language) -> dict[str, Callable[..., object]]:
    now = utc_now()
    return {
        "t": partial(texts.text, reads),
        "kg": partial(formats.kilograms, reads),
        "amount": partial(formats.amount, reads),
        "number": partial(formats.number, reads),
        "date": partial(formats.day, reads),
        "percent": partial(formats.percent, reads),
        "moment": partial(formats.moment, reads),
        "left": lambda until: formats.left(reads, until, now),
        "overdue": lambda until: until < now,
        "counted": lambda count, key: formats.counted(reads, count, texts.text(reads, key)),
        "country": partial(words.country, reads),
        "word": partial(words.word, reads),
        "goods": partial(words.goods, reads),
        "all_goods": lambda names: ", ".join(words.goods_by_id(reads, name) for name in names),
        "capital": words.capital,
    }


def local_path(wanted: str | None) -> str:
    """A path of this service; anything else becomes the start page. Open redirects end here."""
    if not wanted or not wanted.startswith("/") or wanted.startswith("//") or "\\" in wanted:
        return "/"
    parts = urlsplit(wanted)
    return wanted if not parts.scheme and not parts.netloc and wanted.isprintable() else "/"


def warm() -> None:
    """Compile every template, so that no reader waits for it."""
    for name in PAGES.list_templates():
        PAGES.get_template(name)


def install(app: FastAPI) -> None:
    """Serve what the pages are made of besides HTML."""
    app.mount("/static", StaticFiles(directory=HERE / "static"), name="static")
