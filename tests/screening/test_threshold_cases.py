"""The duties engine against cases written from the texts of the law."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.arrival import to_record
from features.intake import OrderIn
from features.reference import tables
from features.reference.duties import Law, law, read_law
from screening.duties.clocks import months_before, working_days_after
from screening.duties.engine import Found, Subject, duties_of
from screening.duties.supply import Placed, Supply, supplies_of
from screening.ids import new_id
from tests.features.builders import body
from tests.screening.threshold_cases import AA, ACETONE, CASES, FR, NOON, OUT_US, PERMANGANATE, Case, supply


def placed(
    made: Mapping[str, Any], way: tuple[str, str], more: Mapping[str, Any]
) -> tuple[OrderIn, tuple[Supply, ...]]:
    """The body of one described order and its lines."""
    exporter, importer = made.get("way", way)
    name, cas = made["goods"]
    one = {"name": name, "cas": cas, "quantity": made["quantity"], "unit": made["unit"]} | made.get("line", {})
    moment = made.get("at", NOON)
    order = body(
        ordered_at=moment,
        seller={"name": "Seller", "country": exporter, "site_id": made.get("site")},
        customer={"name": "Buyer", "country": importer, "registration_no": "1"} | made.get("firm", {}),
        destination_country=importer,
        lines=[one] * made.get("lines", 1),
        **more,
    )
    arrived = datetime.fromisoformat(moment)
    where = Placed(new_id(), arrived, exporter, made.get("released", True))
    return order, supplies_of(to_record(order, arrived, 1), where)


def answers(case: Case, under: Law | None = None) -> dict[str, Found]:
    order, lines = placed(case.order, case.way, case.more)
    earlier = tuple(line for made in case.earlier for line in placed(made, case.way, {})[1])
    return {found.duty.id: found for found in duties_of(Subject(order, lines, earlier), under or law())}


def test_there_are_enough_cases_and_each_quotes_its_text() -> None:
    assert len(CASES) >= 40
    assert len({case.name for case in CASES}) == len(CASES)
    assert all(any(digit.isdigit() for digit in case.law) and ":" in case.law for case in CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_case_of_the_law(case: Case) -> None:
    found = answers(case).get(case.duty)
    assert (found.status if found else None) == case.expect
    if found is None:
        return
    if case.paper is not None:
        assert found.paper == case.paper
    if case.sum is not None:
        assert found.sums[0].low == case.sum
    if case.missing is not None:
        assert case.missing in found.missing


def test_every_duty_has_a_case_or_shares_its_trigger_with_one() -> None:
    tried = {(duty.act, duty.kind) for duty in law().duties if any(case.duty == duty.id for case in CASES)}
    assert {act for act, _ in tried} == set(law().acts)


def test_records_are_kept_from_the_end_of_the_year_in_the_union_and_two_years_in_the_states() -> None:
    european = answers(Case("", "", "", FR, supply(AA, "200", "l"), None))
    assert european["eu273-records-2"].keep_until == date(2029, 12, 31)
    leap = answers(Case("", "", "", OUT_US, supply(AA, "2000", at="2028-02-29T12:00:00Z"), None))
    assert leap["us1310-records-2"].keep_until == date(2030, 2, 28)


def test_a_deadline_counts_from_the_day_it_names() -> None:
    case = Case("", "", "", OUT_US, supply(ACETONE, "1500"), None, more={"requested_ship_date": "2026-07-20"})
    found = answers(case)
    assert found["us1313-export-2"].due_on == date(2026, 7, 5)
    assert found["us1313-return-2"].due_on == date(2026, 8, 19)
    assert answers(replace(case, more={}))["us1313-export-2"].due_on is None


def test_working_days_leave_out_the_weekend() -> None:
    assert working_days_after(date(2026, 6, 12), 1) == date(2026, 6, 15)
    assert working_days_after(date(2026, 6, 15), 15) == date(2026, 7, 6)
    assert working_days_after(date(2026, 6, 15), -1) == date(2026, 6, 12)


def test_months_before_end_where_the_month_does() -> None:
    assert months_before(date(2026, 3, 31), 1) == date(2026, 2, 28)
    assert months_before(date(2026, 6, 15), 12) == date(2025, 6, 15)
    assert months_before(date(2026, 1, 15), 1) == date(2025, 12, 15)


def test_a_sum_names_every_line_and_how_it_belongs() -> None:
    earlier = (
        supply(AA, "30", "l", at="2026-01-10T00:00:00Z", firm={"registration_no": "9", "tax_no": "7"}),
        supply(AA, "20", "l", at="2026-02-10T00:00:00Z", firm={"tax_no": "7"}),
    )
    found = answers(Case("", "", "", FR, supply(AA, "60", "l"), None, earlier))["eu273-registration-2"]
    (total,) = found.sums
    assert [(each.tie, each.counted.low) for each in total.contributions] == [
        ("this", 60_000_000), ("tax_number", 30_000_000), ("party", 20_000_000),
    ]  # fmt: skip
    assert (total.low, total.party_low, total.zone) == (110_000_000, 80_000_000, "Europe/Brussels")


def amended_law(folder: Path, **changes: str) -> Law:
    """The packaged tables in a folder, with one more threshold for acetic anhydride in the Union."""
    for name in ("acts", "duties", "thresholds", "limits"):
        (folder / f"{name}.csv").write_bytes((tables.DATA / f"{name}.csv").read_bytes())
    path = folder / "thresholds.csv"
    with path.open(encoding="utf-8", newline="") as file:
        held = list(csv.DictReader(file))
    old = next(row for row in held if row["regime"] == "EU-273/2004" and row["substance_id"] == "acetic-anhydride")
    new = old | changes
    old["valid_to"] = "2026-06-30"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(old))
        writer.writeheader()
        writer.writerows([*held, new])
    return read_law(folder)


def test_a_change_of_law_is_a_row_and_changes_answers_from_its_day(tmp_path: Path) -> None:
    changed = amended_law(tmp_path, amount="50", valid_from="2026-07-01")
    before, after = supply(AA, "60", "l"), supply(AA, "60", "l", at="2026-07-01T00:00:00+02:00")
    still = {
        each: answers(Case("", "", "", FR, each_made, None), changed)
        for each, each_made in (("a", before), ("b", after))
    }
    assert still["a"]["eu273-registration-2"].status == "below"
    assert still["b"]["eu273-registration-2"].status == "applies"
    assert answers(Case("", "", "", FR, after, None))["eu273-registration-2"].status == "below"


def test_a_new_duty_is_a_row_and_holds_from_its_day(tmp_path: Path) -> None:
    amended_law(tmp_path)
    with (tmp_path / "duties.csv").open(encoding="utf-8", newline="") as file:
        held = list(csv.DictReader(file))
    new = next(row for row in held if row["id"] == "eu273-labels")
    new = new | {"id": "eu-new", "goods": "eu:3", "valid_from": "2026-07-01"}
    with (tmp_path / "duties.csv").open("a", encoding="utf-8", newline="") as file:
        csv.DictWriter(file, fieldnames=list(held[0])).writerow(new)
    under = read_law(tmp_path)
    assert "eu-new" not in answers(Case("", "", "", FR, supply(ACETONE, "1"), None), under)
    later = Case("", "", "", FR, supply(ACETONE, "1", at="2026-07-01T12:00:00Z"), None)
    assert answers(later, under)["eu-new"].status == "applies"


@given(st.lists(st.integers(1, 80_000), min_size=1, max_size=6), st.booleans())
def test_splitting_a_quantity_never_frees_it(parts: list[int], grams: bool) -> None:
    unit = "g" if grams else "kg"
    whole = answers(Case("", "", "", FR, supply(PERMANGANATE, str(sum(parts)), unit), None))["eu273-registration-2"]
    earlier = tuple(supply(PERMANGANATE, str(part), unit, at="2026-03-01T00:00:00Z") for part in parts[1:])
    split = answers(Case("", "", "", FR, supply(PERMANGANATE, str(parts[0]), unit), None, earlier))
    assert split["eu273-registration-2"].status == whole.status
    assert split["eu273-registration-2"].sums[0].low == whole.sums[0].low
