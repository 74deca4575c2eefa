"""What an order says is shown in words, with numbers and days as each language writes them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

import pytest
from pydantic import BaseModel

from api.workbench import formats
from api.workbench.sheet import Sheet, sheet
from api.workbench.words import WORDS, goods, word
from features.intake import OrderIn
from tests.api.workbench.conftest import SUSPECT

NOW = datetime(2026, 11, 21, 9, 5, tzinfo=UTC)
# field of the schema -> vocabulary that has its codes
VOCABULARY = {
    "OrderIn.type": "type", "OrderIn.channel": "channel", "OrderIn.service_level": "service_level",
    "OrderIn.transfer_method": "transfer", "CustomerIn.kind": "kind", "CustomerIn.role": "role",
    "IntermediaryIn.role": "role", "ConsigneeIn.type": "consignee", "LineIn.unit": "unit", "LineIn.form": "form",
    "LineIn.grade": "grade", "LineIn.package_type": "package", "LineIn.item_type": "item",
    "LicenceIn.unit": "unit", "DeclarationIn.unit": "unit", "AuthorisationIn.unit": "unit",
    "DeclarationIn.model": "declaration", "AuthorisationIn.type": "permit", "NotificationIn.status": "notice",
    "LegIn.place_type": "place", "LegIn.mode": "mode", "TransportIn.mode": "mode", "PaymentIn.method": "method",
    "PaymentIn.terms": "terms", "PaymentIn.account_kind": "account",
}  # fmt: skip


def codes_of(kind: Any, field: str, model: str, found: dict[str, set[str]]) -> None:
    """Collect the codes of every choice in the schema, by model and field."""
    origin = get_origin(kind)
    if origin is Literal:
        found.setdefault(f"{model}.{field}", set()).update(get_args(kind))
    elif isinstance(kind, type) and issubclass(kind, BaseModel):
        for name, inner in kind.model_fields.items():
            codes_of(inner.annotation, name, kind.__name__, found)
    elif origin is Union or isinstance(kind, UnionType) or origin is not None:
        for part in get_args(kind):
            codes_of(part, field, model, found)


def test_every_code_of_the_schema_has_words_in_both_languages() -> None:
    found: dict[str, set[str]] = {}
    codes_of(OrderIn, "", "", found)
    assert found.keys() == VOCABULARY.keys()
    for field, codes in found.items():
        assert codes <= WORDS[VOCABULARY[field]].keys(), field
    for kind, entries in WORDS.items():
        for code in entries:
            assert word("en", kind, code)
            assert word("ru", kind, code)
            assert word("en", kind, code) != word("ru", kind, code), (kind, code)


def shown(written: Sheet) -> str:
    facts = (*written.order, *written.parties, *written.papers, *written.movement, *written.payment)
    lines = (f"{line.name} {line.notes} {line.quantity}" for line in written.goods)
    return " | ".join([*lines, *(" ".join((fact.label, *fact.values)) for fact in facts)])


def test_an_order_reads_in_russian() -> None:
    seen = shown(sheet("ru", SUSPECT))
    for part in (
        "4 000,5 л".replace(" ", formats.SPACE), "бочки", "Вывоз", "торговая площадка".capitalize(), "Хавала",
        "свободная зона", "экспедитор", "Афганистан", "Автомобиль", "При получении", "Личный счёт", "01.10.2026",
    ):  # fmt: skip
        assert part in seen, part
    assert not any(code in seen for code in ("free_zone", "hawala", "on_delivery", "marketplace", "drum"))


def test_an_order_with_next_to_nothing_can_be_shown() -> None:
    bare = {"reference": "A", "customer": {}, "lines": [{"quantity": "1"}]}
    assert sheet("en", bare).goods[0].quantity == "1\u00a0kg"
    assert "not stated" in sheet("en", bare).goods[0].name


def test_a_code_nobody_knows_is_shown_as_it_is() -> None:
    assert word("ru", "mode", "zeppelin") == "zeppelin"


def test_goods_of_the_catalogue_are_named_in_the_readers_language() -> None:
    assert goods("ru", "Acetic anhydride") == "Уксусный ангидрид"
    assert goods("en", "Acetic anhydride") == "Acetic anhydride"
    assert goods("ru", "Растворитель 646") == "Растворитель 646"


@pytest.mark.parametrize(
    ("count", "words"),
    [(0, "заказов"), (1, "заказ"), (2, "заказа"), (5, "заказов"), (11, "заказов"), (12, "заказов"), (21, "заказ"),
     (22, "заказа"), (111, "заказов"), (1001, "заказ")],
)  # fmt: skip
def test_russian_counts_take_their_form(count: int, words: str) -> None:
    assert formats.counted("ru", count, "заказ|заказа|заказов").endswith(f"\u00a0{words}")


@pytest.mark.parametrize(
    ("gap", "english", "russian"),
    [
        (timedelta(hours=23, minutes=59), "23 h left", "осталось 23 ч"),
        (timedelta(minutes=20), "20 min left", "осталось 20 мин"),
        (timedelta(days=3), "3 d left", "осталось 3 дн."),
        (timedelta(hours=-2), "overdue by 2 h", "просрочено на 2 ч"),
    ],
)
def test_a_deadline_reads_as_time_left(gap: timedelta, english: str, russian: str) -> None:
    assert formats.left("en", NOW + gap, NOW).replace("\u00a0", " ") == english
    assert formats.left("ru", NOW + gap, NOW).replace("\u00a0", " ") == russian


def test_numbers_and_days_are_written_as_the_language_does() -> None:
    assert formats.exact("ru", "1250.500") == "1\u00a0250,5"
    assert formats.exact("en", "1250.500") == "1,250.5"
    assert formats.exact("en", "many") == "many"
    assert (formats.percent("en", 0.345), formats.percent("ru", 0.0345)) == ("34%", "3,5\u00a0%")
    assert (formats.percent("en", 0.0001), formats.percent("en", 0.9999)) == ("<\u00a00.1%", ">\u00a099.9%")
    assert (formats.day("ru", "2026-11-21"), formats.day("en", "soon")) == ("21.11.2026", "soon")
    assert formats.moment("ru", "2026-11-21T14:05:00+05:00") == "21.11.2026 09:05\u00a0UTC"
