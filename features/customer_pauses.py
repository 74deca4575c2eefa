"""Pauses of the customer over all goods: how long they are beside its usual spacing, and those just before."""

from __future__ import annotations

from features.definition import add
from features.pauses import Pause, against_spacing, in_days

GAP = Pause(
    "customer", "customer", "gap_days", ("Customer's gap", "Перерыв клиента"),
    ("since this customer's last order", "с последнего заказа клиента"),
)  # fmt: skip
# A resumed run still shows its pause.
LAST = Pause(
    "customer", "customer", "last_gap_days",
    ("Gap before the customer's last order", "Перерыв перед последним заказом клиента"),
    ("between this customer's last two orders", "между двумя последними заказами клиента"),
)  # fmt: skip
# The gap before this order is among the four; orders of known mass.
LONGEST = Pause(
    "customer", "customer", "longest_gap_days",
    ("Longest of the customer's last four gaps", "Самый долгий из четырёх последних перерывов клиента"),
    ("in the longest of this customer's last four gaps", "в самом долгом из четырёх последних перерывов клиента"),
)  # fmt: skip

add(__name__, against_spacing(GAP))
for _pause in (LAST, LONGEST):
    add(__name__, in_days(_pause, "T01"))
    add(__name__, against_spacing(_pause))
