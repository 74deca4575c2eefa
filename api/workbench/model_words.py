"""Names that models and their cards use, as people read them: slices, gates, features, reasons."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from api.workbench.texts import TEXTS, text
from api.workbench.words import capital, country
from features.catalogue import BY_NAME
from screening.errors import Language
from screening.policy import STOPS

# code of `models.slices`, `models.gates` and the retraining -> (English, Russian)
NAMES: dict[str, tuple[str, str]] = {
    "company size": ("company size", "размер компании"),
    "fewest orders": ("fewest orders", "меньше всего заказов"),
    "second quarter": ("second quarter", "вторая четверть"),
    "third quarter": ("third quarter", "третья четверть"),
    "most orders": ("most orders", "больше всего заказов"),
    "goods": ("goods", "товар"),
    "not in the catalogue": ("not in the catalogue", "нет в справочнике"),
    "designer": ("designer precursor", "дизайнерский прекурсор"),
    "watched": ("watched", "под наблюдением"),
    "controlled": ("controlled", "контролируемый"),
    "other listed": ("other listed", "прочий из справочника"),
    "border": ("border", "граница"),
    "crosses a border": ("crosses a border", "пересекает границу"),
    "domestic": ("domestic", "внутри страны"),
    "consignee": ("consignee", "получатель"),
    "new": ("new", "новый"),
    "known": ("known", "известный"),
    "country": ("country", "страна"),
    "not stated": ("not stated", "не указано"),
    "recall": ("recall", "полнота"),
    "calibration": ("calibration", "калибровка"),
    "slices": ("slices", "срезы"),
    "stability": ("stability", "устойчивость"),
    "agreement": ("agreement", "согласие"),
    "additivity": ("additivity", "аддитивность"),
    "latency": ("latency", "задержка"),
    "cases": ("too few cases", "мало случаев"),
    "begun": ("begun", "начато"),
    "features": ("features", "признаки"),
    "read": ("reading", "чтение"),
    "search": ("search", "поиск"),
    "train": ("training", "обучение"),
    "score": ("scoring", "оценка"),
    "gates": ("gates", "проверки"),
    "write": ("writing", "запись"),
    "done": ("done", "готово"),
}


def name(language: Language, code: str) -> str:
    """The word of a code; the code itself where it has none."""
    english, russian = NAMES.get(code, (code, code))
    return russian if language == "ru" else english


def in_order(rows: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Slices of a card kind by kind, each kind's groups from small to large as named here; countries keep theirs."""
    place = {code: number for number, code in enumerate(NAMES)}
    most = len(place)
    return sorted(
        rows, key=lambda row: (place.get(str(row.get("slice", "")), most), place.get(str(row["group"]), most))
    )  # fmt: skip


def group(language: Language, row: Mapping[str, Any]) -> str:
    """One slice of a card: its kind and its group; a country by its name."""
    kind, member = str(row.get("slice", "")), str(row["group"])
    said = country(language, member) if kind == "country" and len(member) == 2 else name(language, member)
    return f"{capital(name(language, kind))}: {said}" if kind else capital(said)


def feature(language: Language, code: str) -> str:
    """The feature's title; its name where the catalogue has it no more."""
    known = BY_NAME.get(code)
    return capital(known.title(language)) if known else code


def reason(language: Language, code: str) -> str:
    """Why an order was held: a rule of law, a band, a watch, or the feature that raised the score."""
    if code in STOPS:
        return STOPS[code].ru if language == "ru" else STOPS[code].en
    if f"watched.{code}" in TEXTS:
        return text(language, f"watched.{code}")
    band = f"band.{code.removeprefix('risk_')}"
    if code.startswith("risk_") and band in TEXTS:
        return f"{text(language, 'queue.band')}: {text(language, band).lower()}"
    return text(language, "band.unscored") if code == "scorer_unavailable" else feature(language, code)
