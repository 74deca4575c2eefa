"""Which of the service's languages a caller reads."""

from __future__ import annotations

from starlette.requests import HTTPConnection

from screening.errors import Language
from screening.settings import settings


def language_of(request: HTTPConnection) -> Language:
    """The language that Accept-Language ranks highest among ours; the default where it names neither."""
    best: tuple[float, Language] = (0.0, settings().default_language)
    for entry in request.headers.get("accept-language", "")[:200].split(","):
        tag, _, weight = entry.strip().partition(";")
        name = tag.strip().lower().split("-")[0]
        rank = _weight(weight)
        if name in ("en", "ru") and rank > best[0]:
            best = (rank, "ru" if name == "ru" else "en")
    return best[1]


def _weight(text: str) -> float:
    try:
        return float(text.strip().removeprefix("q=")) if text.strip() else 1.0
    except ValueError:
        return 0.0
