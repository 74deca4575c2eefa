"""The reference tables are the ones whose checksum was recorded, and SOURCES.md says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from features.reference import sources, tables


def test_every_table_is_registered_and_unaltered() -> None:
    files = {path.name for path in tables.DATA.glob("*.csv")} - {tables.REGISTER}
    recorded = {row["file"]: row["sha256"] for row in sources.register()}
    assert files == set(recorded)
    assert {name: tables.digest(tables.DATA / name) for name in files} == recorded


def test_sources_page_is_what_the_files_give() -> None:
    assert sources.DOCUMENT.read_text(encoding="utf-8") == sources.render()


def test_the_fingerprint_covers_every_checksum(monkeypatch: pytest.MonkeyPatch) -> None:
    before = sources.fingerprint()
    changed = tuple({**row, "sha256": "0" * 64} if row["file"] == "ports.csv" else row for row in sources.register())
    monkeypatch.setattr(sources, "register", lambda: changed)
    assert len(before) == 64
    assert sources.fingerprint() != before


def test_tables_of_duties_change_no_fingerprint(monkeypatch: pytest.MonkeyPatch) -> None:
    before = sources.fingerprint()
    changed = tuple({**row, "sha256": "0" * 64} if row["read_by"] == "duties" else row for row in sources.register())
    assert changed != sources.register()
    monkeypatch.setattr(sources, "register", lambda: changed)
    assert sources.fingerprint() == before


def test_every_source_has_publisher_date_and_confidence() -> None:
    for row in sources.register():
        assert row["publisher"], row["file"]
        assert tables.optional_date(row["checked_on"]), row["file"]
        assert row["confidence"] in {"high", "medium", "low"}, row["file"]


@pytest.mark.parametrize("row", sources.register(), ids=lambda row: str(row["file"]))
def test_rows_carry_confidence_and_validity(row: tables.Row) -> None:
    for entry in tables.rows(row["file"].removesuffix(".csv")):
        assert entry.get("confidence", "medium") in {"high", "medium", "low"}, entry
        start, end = (tables.optional_date(entry.get(column, "")) for column in ("valid_from", "valid_to"))
        assert start is None or end is None or start <= end, entry


def test_an_altered_table_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("regimes.csv", tables.REGISTER):
        (tmp_path / name).write_bytes((tables.DATA / name).read_bytes())
    with (tmp_path / "regimes.csv").open("a", encoding="utf-8") as file:
        file.write("XX,*,more,ещё,,high,,\n")
    monkeypatch.setattr(tables, "DATA", tmp_path)
    tables.rows.cache_clear()
    try:
        with pytest.raises(tables.ReferenceDataAltered, match=r"regimes\.csv differs"):
            tables.rows("regimes")
        with pytest.raises(tables.ReferenceDataAltered, match="not a registered"):
            tables.rows("../substances")
    finally:
        tables.rows.cache_clear()


def test_a_ragged_file_of_an_operator_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "authorities.csv"
    path.write_text("code,country\nA\n", encoding="utf-8")
    with pytest.raises(ValueError, match="line 2"):
        tables.read_csv(path)
