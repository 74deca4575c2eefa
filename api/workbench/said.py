"""Why an order waits, in a line or two: for lists and previews."""

from __future__ import annotations

from typing import Any

from api.workbench.texts import text
from api.workbench.words import capital
from models.explain import sentence
from screening import reading
from screening.errors import Language
from screening.orders import WATCHED


def why(reads: Language, row: reading.QueueRow) -> list[str]:
    """At most two reasons in words: legal stops first, then what raised the score, or that there is none."""
    stops = [stop[reads] for stop in row.stops]
    unscored = [text(reads, "queue.unscored")] if row.assessment.band == "unscored" and not row.hidden else []
    said = [capital(sentence(reason, reads)) for reason in row.reasons]
    return [*stops, *unscored, *watched(reads, row.case.reasons), *said][:2]


def watched(reads: Language, codes: list[Any]) -> list[str]:
    """What asks for a look beside law and risk. It names no company, no list and no entry."""
    return [text(reads, f"watched.{code}") for code in WATCHED if code in codes]
