"""Product: what the goods are, whether their names and codes agree, and whether they suit the buyer."""

from __future__ import annotations

import numpy as np

from features.definition import Facts, FloatArray, feature

ROUNDED = 0.995


@feature(
    "level",
    0,
    label=("Control of the goods", "Контроль товара"),
    says=("control level {value:int} of 4", "уровень контроля {value:int} из 4"),
    flags="P03 P04",
)
def control_level(facts: Facts) -> FloatArray:
    """4 for INCB Table I, 3 for Table II, 2 for other lists, 1 for watched goods, 0 for the rest."""
    return facts["severity"]


@feature("flag", 0, label=("Goods not in the catalogue", "Товара нет в каталоге"), flags="P12")
def unknown_goods(facts: Facts) -> FloatArray:
    """Whether the leading goods are not in the substance catalogue."""
    return facts["unknown_goods"]


@feature(
    "share",
    0,
    label=("Certainty of identification", "Уверенность опознания товара"),
    says=("goods identified with certainty {value:pct}", "товар опознан с уверенностью {value:pct}"),
    flags="P12",
)
def match_confidence(facts: Facts) -> FloatArray:
    """How surely the leading goods were identified, 0 to 1."""
    return facts["match_confidence"]


@feature(
    "count",
    1,
    label=("Conflicts between name, CAS and HS code", "Противоречия названия, CAS и кода ТН ВЭД"),
    says=(
        "{value:int} conflicts between name, CAS number and HS code",
        "противоречий между названием, номером CAS и кодом ТН ВЭД: {value:int}",
    ),
    flags="P01 P02 D10",
)
def code_conflicts(facts: Facts) -> FloatArray:
    """Conflicts between names and codes over all goods."""
    return facts["code_conflicts"]


@feature("flag", 1, label=("CAS number fails its check digit", "Контрольная цифра CAS неверна"), flags="P02")
def bad_cas(facts: Facts) -> FloatArray:
    """Whether a CAS number fails its check digit."""
    return facts["bad_cas"]


@feature(
    "flag", 0, label=("No CAS number for controlled goods", "Нет номера CAS у контролируемого товара"), flags="P02"
)
def cas_missing(facts: Facts) -> FloatArray:
    """Whether controlled or watched leading goods carry no CAS number."""
    return facts["cas_missing"]


@feature(
    "flag",
    1,
    label=("Substance without known legitimate use", "Вещество без известного законного применения"),
    flags="P03",
)
def designer(facts: Facts) -> FloatArray:
    """Whether the leading substance has no known legitimate use."""
    return facts["designer"]


@feature("flag", 0, label=("Watched, not scheduled", "Под наблюдением, вне списков"), flags="P04 P06")
def watched(facts: Facts) -> FloatArray:
    """Whether the leading substance is watched but not scheduled."""
    return facts["watched"]


@feature(
    "count",
    0,
    label=("Kinds of goods", "Видов товара"),
    says=("{value:int} kinds of goods in one order", "видов товара в заказе: {value:int}"),
    flags="P05",
)
def goods_kinds(facts: Facts) -> FloatArray:
    """Number of different goods in the order."""
    return facts["goods_kinds"]


@feature(
    "count",
    1,
    label=("Controlled or watched kinds of goods", "Контролируемых видов товара"),
    says=(
        "{value:int} controlled or watched goods in one order",
        "контролируемых или наблюдаемых товаров в заказе: {value:int}",
    ),
    flags="P05 P13",
)
def controlled_kinds(facts: Facts) -> FloatArray:
    """Number of controlled or watched goods in the order."""
    return facts["controlled_kinds"]


@feature("flag", 1, label=("Equipment together with chemicals", "Оборудование вместе с химикатами"), flags="P09 P05")
def equipment_with_chemicals(facts: Facts) -> FloatArray:
    """Whether machines or equipment are ordered together with chemicals."""
    return facts["equipment_with_chemicals"]


@feature(
    "flag", 1, label=("Neutral or changed labels asked for", "Просьба о нейтральной или иной маркировке"), flags="P08"
)
def neutral_labels(facts: Facts) -> FloatArray:
    """Whether neutral, removed or changed labels are asked for."""
    return facts["neutral_labels"]


@feature("flag", 1, label=("Grade above what the industry needs", "Чистота выше нужной отрасли"), flags="P07")
def grade_above_industry(facts: Facts) -> FloatArray:
    """Whether reagent or pharmaceutical grade goes to an industry that rarely needs it."""
    return facts["grade_above_industry"]


@feature("flag", 1, label=("Medicines outside pharmacy trade", "Лекарства вне аптечной торговли"), flags="P11")
def medicine_outside_pharmacy(facts: Facts) -> FloatArray:
    """Whether medicines go to a buyer outside pharmaceutical trade."""
    return facts["medicine_outside_pharmacy"]


@feature("flag", 1, label=("Just below a concentration limit", "Чуть ниже предела концентрации"), flags="P10")
def near_concentration_limit(facts: Facts) -> FloatArray:
    """Whether a mixture lies between 90 % and 100 % of a control concentration."""
    return facts["near_concentration_limit"]


@feature(
    "kg",
    0,
    label=("Mass of one package", "Масса одной упаковки"),
    says=("{value:kg} in each package", "{value:kg} в каждой упаковке"),
    flags="Q12",
)
def pack_kilograms(facts: Facts) -> FloatArray:
    """Mass of the leading goods in one package."""
    return facts["pack_kilograms"]


@feature(
    "ratio",
    0,
    label=("Gross weight against net weight", "Вес брутто к весу нетто"),
    says=("the gross weight is {value:number} times the net weight", "вес брутто — {value:number} × вес нетто"),
    flags="R14",
)
def gross_over_net(facts: Facts) -> FloatArray:
    """Gross over net mass of the leading goods' first line: below 1 the papers contradict themselves."""
    return facts["gross_over_net"]


@feature("flag", 1, label=("Gross weight below net weight", "Вес брутто меньше веса нетто"), flags="R14")
def gross_below_net(facts: Facts) -> FloatArray:
    """Whether the gross mass is less than 0.995 of the net: packing weighs something, and papers round to less."""
    over_net = facts["gross_over_net"]
    return np.where(np.isnan(over_net), np.nan, over_net < ROUNDED)


@feature("flag", 1, label=("Industrial quantity in small packs", "Промышленное количество в мелкой таре"), flags="Q12")
def small_packs(facts: Facts) -> FloatArray:
    """Whether 200 kg or more are ordered in bottles, ampoules or boxes."""
    return facts["small_packs"]


@feature("flag", 0, label=("Goods new to a known customer", "Новый товар известного клиента"), flags="T02 C01 P06")
def new_goods(facts: Facts) -> FloatArray:
    """Whether a customer with earlier orders buys these goods for the first time."""
    first = (facts["goods_count"] == 0.0) & (facts["customer_count"] > 0.0)
    return np.where(first, 1.0, 0.0)
