"""The register of the reference tables: publisher, date checked, confidence and SHA-256 of each file.

`python -m features.reference.sources` rewrites the checksums and SOURCES.md after a table was edited on purpose.
"""

from __future__ import annotations

import csv
import hashlib
from pathlib import Path

from features.reference.tables import DATA, REGISTER, Row, digest, read_csv

DOCUMENT = Path(__file__).parent / "SOURCES.md"
HEAD = """# Sources of the reference data

Every table lies in `data/` and is verified against the SHA-256 below each time it is loaded; a file that differs
stops the service. `python -m features.reference.sources` rewrites this page and the checksums after an edit.

Rules that hold for all of them:

- `confidence` is the author's own and no legal check. Before a rule is relied on, read the consolidated text.
- `valid_from` and `valid_to` are the days between which a row holds; an empty one is open. Where only the year of
  a listing is public, `valid_from` is the first of January of that year.
- Restricted lists (the INCB special surveillance list, the EU voluntary monitoring list) are not here. `watch`
  says only that a substance is openly reported as watched; an authority loads its own lists as a tenant's data.
- Nothing here tells how anything is made, what replaces what, or how much is needed.
- Tables read by duties may change without a new model; a change of those read by features asks for one.

| file | rows | publisher | checked on | confidence | what it holds | read by | sha256 |
|---|---|---|---|---|---|---|---|
"""


def register() -> tuple[Row, ...]:
    """Rows of the register, sorted by file."""
    return tuple(sorted(read_csv(DATA / REGISTER), key=lambda row: row["file"]))


def fingerprint() -> str:
    """SHA-256 over the recorded checksums of the tables that features read: changes when one of their facts does.

    The tables of duties are not among them: a change of law changes what an order owes, not what the model sees.
    """
    read = (row for row in register() if row["read_by"] == "features")
    return hashlib.sha256("".join(f"{row['file']}:{row['sha256']}\n" for row in read).encode()).hexdigest()


def render() -> str:
    """The text SOURCES.md must have for the files as they are."""
    lines = [
        f"| {row['file']} | {len(read_csv(DATA / row['file']))} | {row['publisher']} | {row['checked_on']} "
        f"| {row['confidence']} | {row['holds']} | {row['read_by']} | `{digest(DATA / row['file'])}` |\n"
        for row in register()
    ]
    return HEAD + "".join(lines)


def refresh() -> None:
    """Record the checksums of the tables as they are now, and write SOURCES.md."""
    refreshed = [{**row, "sha256": digest(DATA / row["file"])} for row in register()]
    with (DATA / REGISTER).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(refreshed[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(refreshed)
    DOCUMENT.write_text(render(), encoding="utf-8")


if __name__ == "__main__":
    refresh()
