"""The mix of trade: industries with their size, pace and season; how firms pay and where goods go."""

from __future__ import annotations

from models.simulator.chance import Weighted

# division -> (share of customers, words of the trade, size against a middling firm, orders a month, peak months)
INDUSTRIES: dict[str, tuple[float, str, float, float, tuple[int, ...]]] = {
    "20": (20, "chemistry", 1.6, 1.3, ()),
    "21": (11, "pharma", 0.7, 1.1, (9, 10, 11)),
    "22": (8, "coatings", 1.1, 1.0, (4, 5, 6, 7)),
    "13": (5, "leather", 0.8, 0.9, (2, 3, 8, 9)),
    "15": (4, "leather", 0.8, 0.8, (8, 9, 10)),
    "10": (8, "food", 0.9, 1.0, (7, 8, 9)),
    "24": (5, "metal", 1.8, 0.9, ()),
    "07": (4, "metal", 2.2, 0.7, (5, 6, 7, 8)),
    "36": (6, "water", 1.0, 0.8, (4, 5, 6, 7, 8)),
    "01": (4, "food", 0.8, 0.6, (3, 4, 5)),
    "19": (3, "chemistry", 3.0, 0.8, ()),
    "31": (3, "coatings", 0.5, 0.7, (5, 6, 9)),
    "23": (3, "metal", 1.0, 0.7, (4, 5, 6, 7, 8, 9)),
    "46": (10, "trade", 1.3, 1.6, ()),
    "72": (7, "science", 0.04, 1.1, (3, 10, 11)),
    "86": (4, "pharma", 0.05, 0.9, ()),
    "85": (4, "science", 0.03, 0.6, (2, 9, 10)),
}
DIVISIONS = Weighted([(division, row[0]) for division, row in INDUSTRIES.items()])
METHODS = Weighted(
    [("bank_transfer", 78.0), ("letter_of_credit", 7.0), ("open_account", 7.0), ("card", 3.0), ("cash", 2.5),
     ("money_service", 0.8), ("e_money", 0.9), ("barter", 0.3), ("virtual_asset", 0.25), ("hawala", 0.25)]
)  # fmt: skip
TERMS = Weighted(
    [("prepaid", 24.0), ("partial_prepaid", 22.0), ("on_delivery", 12.0), ("credit_30", 27.0), ("credit_60", 10.0),
     ("credit_90", 5.0)]
)  # fmt: skip
CONSIGNEES = Weighted(
    [("own_site", 58.0), ("customer_site", 20.0), ("warehouse", 13.0), ("forwarder", 5.0), ("free_zone", 2.0),
     ("other", 1.5), ("mailbox", 0.5)]
)  # fmt: skip
