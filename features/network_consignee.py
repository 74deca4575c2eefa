"""The consignee as an acquaintance: how long it is known, when it last received, what became of that, its pauses."""

from __future__ import annotations

from features.definition import Facts, FloatArray, capped, feature, ratio, usual_spacing

CAP = 1000.0


@feature(
    "count",
    0,
    label=("Earlier orders to this consignee", "Прежние заказы этому получателю"),
    says=("{value:int} earlier orders to this consignee", "прежних заказов этому получателю: {value:int}"),
    flags="C01 R05",
)
def consignee_count(facts: Facts) -> FloatArray:
    """Orders to this consignee before this one, whoever bought."""
    return facts["consignee_count"]


@feature(
    "days",
    0,
    label=("Days since the consignee's first order", "Дней с первого заказа получателю"),
    says=(
        "the consignee is known to this seller for {value:days}",
        "получатель известен продавцу {value:days}",
    ),
    flags="C01 R05",
)
def consignee_days_known(facts: Facts) -> FloatArray:
    """Days since the first order to this consignee, whoever bought; missing for a first one."""
    return facts["consignee_days_known"]


@feature(
    "days",
    0,
    label=("Days since the last order to the consignee", "Дней с последнего заказа получателю"),
    says=("{value:days} since the last order to this consignee", "{value:days} с последнего заказа этому получателю"),
    flags="T01 Q06",
)
def consignee_gap_days(facts: Facts) -> FloatArray:
    """Days since the last order of anything to this consignee, whoever bought."""
    return facts["consignee_gap_days"]


@feature(
    "days",
    -1,
    label=("Days since a diversion at this consignee became known", "Дней с последней известной утечки у получателя"),
    says=(
        "{value:days} since a diversion at this consignee became known",
        "{value:days} с последней известной утечки у этого получателя",
    ),
    flags="C08 T05",
)
def consignee_confirmed_days(facts: Facts) -> FloatArray:
    """Days since a confirmed case at this consignee became known; missing where there is none."""
    return facts["consignee_days_since_confirmed"]


@feature(
    "ratio",
    0,
    label=("Consignee's gap against its usual spacing", "Перерыв получателя к его обычному интервалу"),
    says=(
        "{consignee_gap_days:days} since the last order to this consignee, {value:number} times the usual spacing",
        "{consignee_gap_days:days} с последнего заказа этому получателю, это {value:number} × обычный интервал",
    ),
    flags="T01 Q10",
)
def consignee_gap_against_spacing(facts: Facts) -> FloatArray:
    """Days since the last order to this consignee over the median gap of the latest, below three the mean."""
    return capped(ratio(facts["consignee_gap_days"], usual_spacing(facts, "consignee")), CAP)


@feature(
    "days",
    0,
    label=("Gap before the consignee's last order", "Перерыв перед последним заказом получателю"),
    says=(
        "the last order to this consignee came {value:days} after the one before it",
        "последний заказ этому получателю пришёл через {value:days} после предыдущего",
    ),
    flags="T01 Q06",
)
def consignee_last_gap_days(facts: Facts) -> FloatArray:
    """Days between the last two orders of anything to this consignee, whoever bought."""
    return facts["consignee_last_gap_days"]


@feature(
    "days",
    0,
    label=("Longest of the consignee's last four gaps", "Самый долгий из четырёх последних перерывов получателя"),
    says=(
        "the longest of the last four gaps between orders to this consignee was {value:days}",
        "самый долгий из четырёх последних перерывов между заказами этому получателю: {value:days}",
    ),
    flags="T01 Q06",
)
def consignee_longest_gap_days(facts: Facts) -> FloatArray:
    """Longest of the last four gaps of this consignee, the one before this order among them; orders of known mass."""
    return facts["consignee_longest_gap_days"]


@feature(
    "ratio",
    0,
    label=(
        "Longest of the consignee's last four gaps against its usual spacing",
        "Самый долгий из четырёх последних перерывов получателя к обычному интервалу",
    ),
    says=(
        "{consignee_longest_gap_days:days} without an order within this consignee's last four gaps, {value:number} times the usual spacing",
        "среди четырёх последних перерывов получателя {consignee_longest_gap_days:days} без заказов, это {value:number} × обычный интервал",
    ),
    flags="T01 Q10",
)
def consignee_longest_gap_against_spacing(facts: Facts) -> FloatArray:
    """Longest of this consignee's last four gaps over the median gap of its latest orders, below three the mean."""
    return capped(ratio(facts["consignee_longest_gap_days"], usual_spacing(facts, "consignee")), CAP)
