"""Every error as one body: problem JSON (RFC 9457) with code, detail and remedy, in English or Russian.

Nothing a client can send ends in a 5xx: what cannot be parsed is 400, what is wrong is 422 with each field named.
The caller's own values are never repeated.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from sqlalchemy.exc import DataError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection
from starlette.exceptions import HTTPException

from api.languages import language_of
from models.refusals import TEXTS, code_of
from screening import errors
from screening.errors import FieldFault, Language, TamgaError, Text

log = structlog.get_logger(__name__)
MEDIA_TYPE = "application/problem+json"
AWAY = (OperationalError, InterfaceError, NoConnection)  # a database that is away or overloaded


class ProblemField(BaseModel):
    """One fault of one field; `field` is its path, such as `lines.0.quantity`."""

    field: str
    code: str
    reason: str
    remedy: str


class Problem(BaseModel):
    """The body of every answer that is not a success."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    remedy: str
    instance: str
    request_id: str | None = None
    errors: list[ProblemField] = []


class Malformed(TamgaError):
    status = 400
    code = "malformed"
    title = Text("The request cannot be read", "Запрос не читается")
    detail = Text("The body or the address is not well formed.", "Тело или адрес запроса составлены неверно.")
    remedy = Text("Send valid JSON in UTF-8.", "Отправьте корректный JSON в UTF-8.")


class MethodNotAllowed(TamgaError):
    status = 405
    code = "method_not_allowed"
    title = Text("Method not allowed", "Метод не поддерживается")
    detail = Text("This address does not take this method.", "Этот адрес не принимает такой метод.")
    remedy = Text("See Allow for the methods it takes.", "Допустимые методы указаны в Allow.")


class TooSlow(TamgaError):
    status = 408
    code = "too_slow"
    title = Text("The body came too slowly", "Тело запроса пришло слишком медленно")
    detail = Text("The body did not arrive in time.", "Тело запроса не пришло вовремя.")
    remedy = Text("Send it again over a faster line.", "Повторите по более быстрой линии.")


class OtherFault(TamgaError):
    """Any other status the framework answers with."""

    code = "refused"
    title = Text("Refused", "Отклонено")
    detail = Text("The request was refused.", "Запрос отклонён.")
    remedy = Text("Check the request.", "Проверьте запрос.")

    def __init__(self, status: int) -> None:
        super().__init__()
        self.given_status = status


BY_STATUS: dict[int, Callable[[], TamgaError]] = {
    400: Malformed,
    401: errors.NotSignedIn,
    403: errors.Forbidden,
    404: errors.NotFound,
    405: MethodNotAllowed,
    408: TooSlow,
    413: lambda: errors.TooLarge(limit="the allowed number of"),
}
DOCUMENTED: dict[int | str, dict[str, Any]] = {
    status: {"description": text, "model": Problem, "content": {MEDIA_TYPE: {}}}
    for status, text in (
        (400, "Malformed request"),
        (401, "Not signed in"),
        (403, "Not allowed"),
        (404, "Not found, or not the caller's"),
        (405, "Method not allowed"),
        (408, "Body too slow"),
        (409, "The state does not allow it"),
        (413, "Body too large"),
        (422, "Fields are wrong"),
        (429, "Too many attempts"),
        (503, "Something the service needs is away"),
    )
}


def problem(error: TamgaError, language: Language, instance: str, request_id: str | None) -> Problem:
    """The body that tells `error` in `language`."""
    return Problem(
        type=f"urn:tamga:problem:{error.code}",
        title=error.title.within(language),
        status=_status(error),
        code=error.code,
        detail=error.detail.within(language, error.values),
        remedy=error.remedy.within(language, error.values),
        instance=instance,
        request_id=request_id,
        errors=[
            ProblemField(
                field=fault.field,
                code=fault.code,
                reason=fault.reason.within(language),
                remedy=fault.remedy.within(language),
            )
            for fault in error.faults
        ],
    )


def answer(request: Request, error: TamgaError, headers: dict[str, str] | None = None) -> Response:
    """The response that tells `error` to this caller."""
    told = dict(headers or {})
    if error.retry_after is not None:
        told["retry-after"] = str(error.retry_after)
    if _status(error) == 401:
        told["www-authenticate"] = "Bearer"
    language = language_of(request)
    told["content-language"] = language
    body = problem(error, language, request.url.path, request.scope.get("tamga.request_id"))
    text = body.model_dump_json() if _clean(body) else body.model_copy(update={"instance": "/"}).model_dump_json()
    return Response(text, _status(error), told, MEDIA_TYPE)


def _clean(body: Problem) -> bool:
    """Whether the address can be written in UTF-8; a lone surrogate cannot."""
    try:
        body.instance.encode()
    except UnicodeEncodeError:
        return False
    return True


def _status(error: TamgaError) -> int:
    return error.given_status if isinstance(error, OtherFault) else error.status


def faults_of(complaints: RequestValidationError) -> tuple[FieldFault, ...]:
    """The schema's complaints as ours, at most fifty; paths without the leading `body`."""
    return tuple(_fault(each) for each in list(complaints.errors())[:50])


def _fault(complaint: dict[str, Any]) -> FieldFault:
    code = code_of(complaint["type"], complaint["msg"])
    (reason_en, reason_ru), (remedy_en, remedy_ru) = TEXTS[code]
    steps = [str(step) for step in complaint["loc"] if step != "body"]
    path = ".".join(steps).encode("utf-8", "replace").decode()[:200]
    return FieldFault(path, code, Text(reason_en, reason_ru), Text(remedy_en, remedy_ru))


async def _domain(request: Request, error: Exception) -> Response:
    assert isinstance(error, TamgaError)
    return answer(request, error)


async def _validation(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    if any(each["type"] == "json_invalid" for each in error.errors()):
        return answer(request, Malformed())
    return answer(request, errors.Invalid(faults=faults_of(error)))


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    make = BY_STATUS.get(error.status_code)
    return answer(request, make() if make else OtherFault(error.status_code), dict(error.headers or {}))


async def _database(request: Request, error: Exception) -> Response:
    """A database that is away or overloaded is 503; a value it cannot hold is the caller's fault."""
    if isinstance(error, DataError):
        return answer(request, errors.Invalid())
    if isinstance(error, AWAY):
        log.warning("database_away", fault=str(error)[:300])
        return answer(request, errors.Unavailable())
    return await _crash(request, error)


async def _unwritable(request: Request, error: Exception) -> Response:
    """A lone surrogate came through the address or a header: no text and no table can hold it."""
    return answer(request, Malformed())


async def _crash(request: Request, error: Exception) -> Response:
    log.error("crashed", path=request.url.path, exc_info=error)
    return answer(request, TamgaError())


HANDLERS: dict[type[Exception], Callable[[Request, Exception], Awaitable[Response]]] = {
    TamgaError: _domain,
    RequestValidationError: _validation,
    HTTPException: _http,
    DBAPIError: _database,
    NoConnection: _database,
    UnicodeEncodeError: _unwritable,
    Exception: _crash,
}


def install(app: FastAPI) -> None:
    """Give the application its one error body."""
    for kind, handler in HANDLERS.items():
        app.add_exception_handler(kind, handler)
