"""Thresholds are typed and dated; regimes hold where and when their rows say."""

from __future__ import annotations

from datetime import date

import pytest

from features.reference.regimes import Threshold, members, regimes, regimes_of, thresholds, thresholds_for
from features.reference.substances import by_id

TODAY = date(2026, 11, 21)


def test_every_threshold_is_typed() -> None:
    assert len(thresholds()) == 97
    for row in thresholds():
        assert row.regime in regimes(), row
        assert (row.substance_id is None) == (row.group is not None), row
        assert row.substance_id is None or by_id(row.substance_id) is not None, row
        assert (row.kind == "concentration") == (row.amount_micro is None) == (row.percent is not None), row
        assert row.amount_micro is None or row.amount_micro >= 0, row
        assert row.percent is None or 0 < row.percent <= 100, row
        assert row.period in {"calendar_month", "calendar_year", "transaction", "any", "none"}, row
        assert row.trade in {"any", "domestic", "cross_border", "export"}, row
        assert row.source, row


def one(substance_id: str, regime: str, kind: str) -> Threshold:
    (row,) = (t for t in thresholds_for(substance_id, TODAY) if (t.regime, t.kind) == (regime, kind))
    return row


def test_published_figures() -> None:
    assert one("acetic-anhydride", "EU-273/2004", "volume").amount_micro == 100_000_000
    assert one("acetic-anhydride", "US-21CFR1310.04(f)(2)(i)", "mass").amount_micro == 1_023_000_000
    assert one("acetic-anhydride", "US-21CFR1310.04(f)(2)(i)", "volume").amount_micro == 946_352_946
    assert one("ergometrine", "US-21CFR1310.04(f)(1)", "mass").amount_micro == 10_000
    assert one("toluene", "US-21CFR1310.04(f)(2)(ii)", "mass").period == "transaction"
    assert one("acetone", "EAEU-2.12", "concentration").percent == 60


def test_rows_of_a_class_cover_its_substances() -> None:
    assert one("ephedrine", "EU-273/2004", "mass").amount_micro == 0
    assert one("acetic-anhydride", "UN-1988", "mass").amount_micro == 0
    assert not [t for t in thresholds_for("acetone", TODAY) if t.regime == "UN-1988"]
    assert not [t for t in thresholds_for("3-chloropropiophenone", TODAY) if t.group == "eu_category_1"]


def test_a_threshold_holds_from_its_day() -> None:
    def listed(day: date) -> bool:
        return any(t.regime.startswith("US") for t in thresholds_for("propionyl-chloride", day))

    assert not listed(date(2026, 3, 9))
    assert listed(date(2026, 3, 10))
    assert thresholds_for("no-such-substance", TODAY) == ()


@pytest.mark.parametrize(
    ("country", "expected"),
    [
        ("KZ", {"UN-1988", "EAEU-2.12"}),
        ("KG", {"UN-1988", "EAEU-2.12"}),
        ("UZ", {"UN-1988"}),
        ("DE", {"UN-1988", "EU-273/2004", "EU-2015/1011"}),
        (None, {"UN-1988"}),
    ],
)
def test_regimes_of_a_country(country: str | None, expected: set[str]) -> None:
    assert set(regimes_of(country, TODAY)) == expected


def test_regimes_change_with_membership() -> None:
    assert "EU-273/2004" in regimes_of("GB", date(2019, 6, 1))
    assert "EU-273/2004" not in regimes_of("GB", TODAY)
    assert {regime[:2] for regime in regimes_of("US", TODAY)} == {"UN", "US"}
    assert len(members("EU")) == 27
    assert members("CARICC") == {"AZ", "KZ", "KG", "RU", "TJ", "TM", "UZ"}
    assert "KG" not in members("EAEU", date(2015, 8, 11))
