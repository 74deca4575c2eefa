"""The consignee as an acquaintance: how long it is known, when it last received, what became of that, its pauses."""

from __future__ import annotations

from features.definition import Facts, FloatArray, add, feature
from features.pauses import Pause, against_spacing, in_days

GAP = Pause(
    "network", "consignee", "gap_days", ("Consignee's gap", "Перерыв получателя"),
    ("since the last order to this consignee", "с последнего заказа этому получателю"),
)  # fmt: skip
LAST = Pause(
    "network", "consignee", "last_gap_days",
    ("Gap before the consignee's last order", "Перерыв перед последним заказом получателю"),
    ("between the last two orders to this consignee", "между двумя последними заказами этому получателю"),
)  # fmt: skip
# The gap before this order is among the four; orders of known mass.
LONGEST = Pause(
    "network", "consignee", "longest_gap_days",
    ("Longest of the consignee's last four gaps", "Самый долгий из четырёх последних перерывов получателя"),
    ("in the longest of this consignee's last four gaps", "в самом долгом из четырёх последних перерывов получателя"),
)  # fmt: skip


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


add(__name__, in_days(GAP, "T01 Q06"))


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


add(__name__, against_spacing(GAP))
for _pause in (LAST, LONGEST):
    add(__name__, in_days(_pause, "T01 Q06"))
add(__name__, against_spacing(LONGEST))
