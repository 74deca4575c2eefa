"""Numbers, days and moments as each language writes them."""

from __future__ import annotations

from datetime import UTC, datetime

from screening.errors import Language

SPACE = "\u00a0"


def number(language: Language, value: float, places: int = 0) -> str:
    """1,234.5 in English, 1 234,5 in Russian; trailing zeros left out."""
    written = f"{value:,.{places}f}"
    if "." in written:
        written = written.rstrip("0").rstrip(".")
    if language == "ru":
        return written.replace(",", SPACE).replace(".", ",")
    return written


def amount(language: Language, value: float) -> str:
    """A number with as many places as its size needs."""
    size = abs(value)
    return number(language, value, 0 if size >= 100 else 1 if size >= 1 else 3)


def percent(language: Language, share: float) -> str:
    """A share as a percentage; never rounded to 0 % or 100 % where it is not."""
    value = share * 100
    if 0 < value < 0.1:
        return f"<{SPACE}{number(language, 0.1, 1)}{SPACE}%"
    if 99.9 < value < 100:
        return f">{SPACE}{number(language, 99.9, 1)}{SPACE}%"
    return f"{number(language, value, 0 if value >= 10 else 1)}{SPACE}%"


def kilograms(language: Language, value: float) -> str:
    return f"{amount(language, value)}{SPACE}{'кг' if language == 'ru' else 'kg'}"


def moment(language: Language, at: datetime) -> str:
    """A moment in UTC: 21.11.2026 09:05 in Russian, 2026-11-21 09:05 in English."""
    utc = at.astimezone(UTC)
    return utc.strftime("%d.%m.%Y %H:%M" if language == "ru" else "%Y-%m-%d %H:%M")


def signed(language: Language, value: float) -> str:
    """A number with its sign, two places."""
    return ("+" if value >= 0 else "−") + number(language, abs(value), 2)
