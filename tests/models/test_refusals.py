"""A refused row says in Russian what bound or which values the checker means, and nothing in English."""

from __future__ import annotations

import re

import pytest

from models.refusals import Refused


@pytest.mark.parametrize(
    ("code", "detail", "said"),
    [
        ("number", "Input should be greater than 0", "(больше 0)"),
        ("number", "Input should be less than or equal to 100", "(не больше 100)"),
        ("choice", "Input should be 'kg', 'g' or 'l'", "(допустимо: 'kg', 'g' или 'l')"),
        ("length", "String should have at most 64 characters", "(не больше 64)"),
        ("choice", "diverted, loss_or_theft", "(допустимо: diverted, loss_or_theft)"),
        ("value", "String should match pattern '^[A-Z]{2}$'", ""),
    ],
)
def test_details_are_in_russian_or_left_out(code: str, detail: str, said: str) -> None:
    refused = Refused(7, "lines.0.quantity", code, detail)
    assert detail in refused.reason("en")
    russian = refused.reason("ru")
    assert russian.endswith(said)
    assert not re.search(r"[A-Za-z]{3,}", russian.replace("'kg', 'g'", "").replace("diverted, loss_or_theft", ""))
