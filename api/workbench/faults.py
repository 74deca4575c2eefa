"""Errors as pages where a person reads them: what happened, what to do next, and the words they had typed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from urllib.parse import quote

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.responses import RedirectResponse

from api import problems
from api.dependencies import FORMS
from api.problems import OtherFault, Problem
from api.workbench import frame, texts
from screening.access import Principal
from screening.errors import Invalid, Language, NotFound, NotSignedIn, TamgaError, Unavailable

MACHINE_PATHS = ("/v1", "/health/", "/openapi.json", "/static", "/metrics")
TYPED = ("reason", "text", "named")  # fields whose words are worth keeping
Handler = Callable[[Request, Exception], Awaitable[Response]]


def is_page(request: Request) -> bool:
    return not request.url.path.startswith(MACHINE_PATHS)


def told(error: TamgaError, language: Language, request: Request) -> Problem:
    """The error in the page's language, its remedy in a person's terms where the machine's would not help."""
    problem = problems.problem(error, language, "/", request.scope.get("tamga.request_id"))
    key = f"remedy.{error.code}"
    return problem.model_copy(update={"remedy": texts.text(language, key)}) if key in texts.TEXTS else problem


def install(app: FastAPI) -> None:
    """Answer pages with pages; machines get their problem JSON as before. After `problems.install`."""
    for kind, machine in problems.HANDLERS.items():
        app.add_exception_handler(kind, _for_people(machine))


def _for_people(machine: Handler) -> Handler:
    async def handle(request: Request, error: Exception) -> Response:
        answer = await machine(request, error)  # it logs what has to be logged
        if not is_page(request):
            return answer
        fault = _fault(error, answer.status_code)
        if isinstance(fault, NotSignedIn) and request.method in ("GET", "HEAD"):
            wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
            return RedirectResponse(f"/sign-in?next={quote(frame.local_path(wanted), safe='/')}", 303)
        return await _page(request, fault)

    return handle


def _fault(error: Exception, status: int) -> TamgaError:
    if isinstance(error, TamgaError):
        return error
    if isinstance(error, RequestValidationError):
        in_path = any(each["loc"][:1] == ("path",) for each in error.errors())
        return NotFound() if in_path else Invalid(faults=problems.faults_of(error))
    if status == Unavailable.status:
        return Unavailable()
    if status == Invalid.status:
        return Invalid()
    if status == TamgaError.status:
        return TamgaError()
    known = problems.BY_STATUS.get(status)
    return known() if known else OtherFault(status)


async def _page(request: Request, fault: TamgaError) -> Response:
    caller: Principal | None = getattr(request.state, "caller", None)
    reads = frame.language(request, caller)
    shown = told(fault, reads, request)
    back = request.url.path.rsplit("/", 1)[0] if request.method == "POST" else ""
    values = {"problem": shown, "back": frame.local_path(back), "typed": await _typed(request), "status": shown.status}
    response = frame.page(request, "error.html", caller, **values)
    if fault.retry_after is not None:
        response.headers["retry-after"] = str(fault.retry_after)
    return response


async def _typed(request: Request) -> list[str]:
    """What the person had written into the form, so that it is not lost with the page."""
    if request.method != "POST" or not request.headers.get("content-type", "").startswith(FORMS):
        return []
    try:
        form = await request.form()
    except Exception:  # an unreadable form is why we are here, and must not fail the page that says so
        return []
    return [value for name in TYPED if isinstance(value := form.get(name), str) and value.strip()]
