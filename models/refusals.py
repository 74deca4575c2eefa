"""Rows of a file that were not taken: line, field, reason and remedy, counted, in English and Russian."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import ValidationError

Language = Literal["en", "ru"]
KEPT = 1000

# code -> ((reason en, reason ru), (remedy en, remedy ru))
TEXTS: dict[str, tuple[tuple[str, str], tuple[str, str]]] = {
    "json": (
        ("the line is not valid JSON", "строка не является корректным JSON"),
        ("write one JSON object per line, in UTF-8", "пишите по одному объекту JSON в строке, в UTF-8"),
    ),
    "missing": (
        ("the field is missing", "поле отсутствует"),
        ("add the field", "добавьте поле"),
    ),
    "unknown_field": (
        ("the field does not exist in an order", "такого поля в заказе нет"),
        ("remove the field or correct its name", "удалите поле или исправьте его название"),
    ),
    "moment": (
        ("the moment of arrival is missing or has no time zone", "нет момента поступления или часового пояса"),
        ("add received_at, such as 2025-03-01T09:30:00Z", "укажите received_at, например 2025-03-01T09:30:00Z"),
    ),
    "number": (
        ("the number is outside its bounds or is not a number", "число вне допустимых пределов или не число"),
        ("write a decimal number with a point, above zero", "пишите десятичное число с точкой, больше нуля"),
    ),
    "choice": (
        ("the value is not one of the allowed ones", "значение не из числа допустимых"),
        ("use one of the values named in the documentation", "используйте значение из документации"),
    ),
    "length": (
        ("the text or list is empty or too long", "текст или список пуст или слишком длинный"),
        ("shorten or fill the value", "сократите или заполните значение"),
    ),
    "columns": (
        ("the row has another number of columns than the header", "число столбцов отличается от заголовка"),
        ("check quotes and delimiters in this row", "проверьте кавычки и разделители в этой строке"),
    ),
    "duplicate": (
        ("the same reference at the same moment appeared before", "тот же номер с тем же моментом уже встречался"),
        ("remove the repeated row", "удалите повторную строку"),
    ),
    "value": (
        ("the value has the wrong form", "значение имеет неверный вид"),
        ("correct the value as documented", "исправьте значение по документации"),
    ),
}
_CODES: tuple[tuple[str, str], ...] = (
    # beginning of pydantic's error type -> our code
    ("json_", "json"), ("missing", "missing"), ("extra_forbidden", "unknown_field"), ("literal_error", "choice"),
    ("greater_than", "number"), ("less_than", "number"), ("decimal_", "number"), ("finite_number", "number"),
    ("float_", "number"), ("int_", "number"), ("too_long", "length"), ("too_short", "length"),
    ("string_too_", "length"), ("timezone_", "moment"),
)  # fmt: skip
# what pydantic says -> the same in Russian
_DETAILS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"Input should be greater than or equal to (\S+)"), r"не меньше \1"),
    (re.compile(r"Input should be greater than (\S+)"), r"больше \1"),
    (re.compile(r"Input should be less than or equal to (\S+)"), r"не больше \1"),
    (re.compile(r"Input should be less than (\S+)"), r"меньше \1"),
    (re.compile(r"Input should be ('.*')"), r"допустимо: \1"),
    (re.compile(r"\w+ should have at most (\d+) .*"), r"не больше \1"),
    (re.compile(r"([a-z_]+(?:, [a-z_]+)+)"), r"допустимо: \1"),
)


@dataclass(frozen=True, slots=True)
class Refused:
    """One row that was not taken. `line` counts from 1 as an editor does; `detail` quotes the checker."""

    line: int
    field: str
    code: str
    detail: str = ""

    def reason(self, language: Language = "en") -> str:
        text = TEXTS[self.code][0][0 if language == "en" else 1]
        detail = self.detail if language == "en" else _in_russian(self.detail)
        return f"{text} ({detail})" if detail else text

    def remedy(self, language: Language = "en") -> str:
        return TEXTS[self.code][1][0 if language == "en" else 1]

    def to_json(self, language: Language = "en") -> dict[str, Any]:
        return {
            "line": self.line,
            "field": self.field,
            "code": self.code,
            "reason": self.reason(language),
            "remedy": self.remedy(language),
        }


def _in_russian(detail: str) -> str:
    """What the checker says, where it says a bound or the allowed values; nothing else of it is left."""
    for english, russian in _DETAILS:
        if found := english.fullmatch(detail):
            return found.expand(russian).replace(" or ", " или ")
    return ""


@dataclass(slots=True)
class Refusals:
    """All refused rows of one reading: every one counted, the first thousand kept, unused columns named."""

    rows: list[Refused] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    unused_columns: list[str] = field(default_factory=list)

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    def add(self, refused: Refused) -> None:
        self.counts[refused.code] += 1
        if len(self.rows) < KEPT:
            self.rows.append(refused)

    def to_json(self, language: Language = "en") -> dict[str, Any]:
        return {
            "refused": self.total,
            "by_code": dict(sorted(self.counts.items())),
            "unused_columns": self.unused_columns,
            "first": [row.to_json(language) for row in self.rows[:20]],
        }


class Complaints(Refusals):
    """Refusals of one stretch of a file, all kept until they can be told in the order of their lines."""

    def add(self, refused: Refused) -> None:
        self.rows.append(refused)


def code_of(kind: str, message: str) -> str:
    """Our code (a key of TEXTS) for a complaint of the schema, by its type and message."""
    if kind == "value_error" and "decimal" in message:
        return "number"
    return next((ours for start, ours in _CODES if kind.startswith(start)), "value")


def from_validation(line: int, error: ValidationError) -> Refused:
    """The first complaint of the schema about a row, as ours. The row's own values are not repeated."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    code = code_of(first["type"], first["msg"])
    path = ".".join(str(part) for part in first["loc"])
    return Refused(line, path, code, "" if code in {"missing", "unknown_field"} else first["msg"])
