"""Numbers, days and moments as each language writes them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation

from screening.errors import Language

SPACE = "\u00a0"


def number(language: Language, value: float | Decimal, places: int = 0) -> str:
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


def exact(language: Language, written: object) -> str:
    """A quantity of an order with every digit it was given with; what is no number stays as it is."""
    try:
        value = Decimal(str(written))
    except InvalidOperation:
        return str(written)
    exponent = value.as_tuple().exponent
    return number(language, value, max(-exponent, 0) if isinstance(exponent, int) else 0)


def percent_sign(language: Language) -> str:
    return f"{SPACE}%" if language == "ru" else "%"


def percent(language: Language, share: float) -> str:
    """A share as a percentage; never rounded to 0 % or 100 % where it is not."""
    value = share * 100
    sign = percent_sign(language)
    if 0 < value < 0.1:
        return f"<{SPACE}{number(language, 0.1, 1)}{sign}"
    if 99.9 < value < 100:
        return f">{SPACE}{number(language, 99.9, 1)}{sign}"
    return f"{number(language, value, 0 if value >= 10 else 1)}{sign}"


def kilograms(language: Language, value: float) -> str:
    return f"{amount(language, value)}{SPACE}{'кг' if language == 'ru' else 'kg'}"


def moment(language: Language, at: datetime | str) -> str:
    """A moment in UTC, which is named: 21.11.2026 09:05 UTC in Russian, 2026-11-21 09:05 UTC in English."""
    utc = (datetime.fromisoformat(at) if isinstance(at, str) else at).astimezone(UTC)
    written = utc.strftime("%d.%m.%Y %H:%M" if language == "ru" else "%Y-%m-%d %H:%M")
    return f"{written}{SPACE}UTC"


def day(language: Language, written: str | date | None) -> str:
    """A day, or one in ISO form, as the language writes it; what is no day stays as it is."""
    try:
        on = written if isinstance(written, date) else date.fromisoformat(written or "")
    except ValueError:
        return str(written or "")
    return on.strftime("%d.%m.%Y" if language == "ru" else "%Y-%m-%d")


def left(language: Language, until: datetime, now: datetime) -> str:
    """The time to a deadline, or by how much it has passed, in the largest whole unit."""
    gap = until - now
    size = _span(language, abs(gap))
    if gap < timedelta(0):
        return f"просрочено на {size}" if language == "ru" else f"overdue by {size}"
    return f"осталось {size}" if language == "ru" else f"{size} left"


def _span(language: Language, span: timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    for size, english, russian in ((48 * 60, "d", "дн."), (60, "h", "ч"), (1, "min", "мин")):
        if minutes >= size or size == 1:
            whole = minutes // (24 * 60 if size > 60 else size)
            return f"{number(language, whole)}{SPACE}{russian if language == 'ru' else english}"
    raise AssertionError


def counted(language: Language, count: int, forms: str) -> str:
    """A count with its noun. `forms` is `one|other` in English, `one|few|many` in Russian (CLDR)."""
    words = forms.split("|")
    if language == "ru":
        ten, hundred = count % 10, count % 100
        place = 0 if ten == 1 and hundred != 11 else 1 if 2 <= ten <= 4 and not 12 <= hundred <= 14 else 2
    else:
        place = 0 if count == 1 else 1
    return f"{number(language, count)}{SPACE}{words[place]}"


def signed(language: Language, value: float) -> str:
    """A number with its sign and always two places, so that a column of them lines up."""
    written = f"{abs(value):.2f}"
    return ("+" if value >= 0 else "−") + (written.replace(".", ",") if language == "ru" else written)
