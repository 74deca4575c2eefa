"""What `tamga train` says of rows it does not take, before it says that too few are left."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from api.cli import build

pytestmark = pytest.mark.usefixtures("own_var")
WORDS = "attempted, diverted, legitimate, loss_or_theft, unknown"
COLUMNS = {
    "reference": "A-{n}", "received_at": "2025-03-{day:02}T09:00:00Z", "customer.name": "Firm {n}",
    "destination_country": "DE", "lines.0.name": "acetone", "lines.0.quantity": "5", "lines.0.unit": "kg",
}  # fmt: skip


def train(orders: Path, labels: Path, *more: str) -> Result:
    words = ("train", "--orders", orders, "--labels", labels, "--as-of", "2026-01-01", "--out", orders.parent / "m")
    return CliRunner().invoke(build(), [*map(str, words), *more])


def order_file(folder: Path, columns: dict[str, str], rows: int = 12) -> Path:
    path = folder / "orders.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows([cell.format(n=n, day=n + 1) for cell in columns.values()] for n in range(rows))
    return path


def label_file(folder: Path, outcome: str, rows: int = 12, reference: str = "A-{n}") -> Path:
    path = folder / "labels.csv"
    lines = [f"{reference.format(n=n)},{outcome},2025-05-01T00:00:00Z,review" for n in range(rows)]
    path.write_text("\n".join(["order_ref,outcome,known_at,source", *lines]), encoding="utf-8")
    return path


def test_refused_orders_are_named_before_training_gives_up(tmp_path: Path) -> None:
    orders = order_file(tmp_path, COLUMNS | {"destination_country": "Germany", "colour": "red"})
    done = train(orders, label_file(tmp_path, "diverted"), "--json")
    assert done.exit_code == 1
    assert done.stdout == ""
    said = done.stderr.splitlines()
    assert "Columns not used: colour" in said
    assert "Rows refused: 12" in said
    rows = [line for line in said if ": destination_country: " in line]
    assert len(rows) == 10  # the first ten, as `tamga score`
    assert rows[0].startswith("  2: destination_country: the value has the wrong form")
    assert "correct the value as documented" in rows[0]
    assert "Labels that match no order taken: 12 of 12" in said
    assert said[-1].startswith("tamga: only 0 confirmed cases")


def test_orders_without_reference_are_told_in_russian_too(tmp_path: Path) -> None:
    columns = {name: cell for name, cell in COLUMNS.items() if name != "reference"}
    orders, labels = order_file(tmp_path, columns, 3), label_file(tmp_path, "legitimate", 3)
    assert "  2: reference: the field is missing; add the field" in train(orders, labels).stderr
    said = train(orders, labels, "--lang", "ru").stderr
    assert "Отклонено строк: 3" in said
    assert "  2: reference: поле отсутствует; добавьте поле" in said
    assert "Меток без принятого заказа: 3 из 3" in said


def test_labels_of_other_words_are_counted_beside_the_words_that_are_known(tmp_path: Path) -> None:
    orders, labels = order_file(tmp_path, COLUMNS), label_file(tmp_path, "1")
    with labels.open("a", encoding="utf-8") as file:
        file.write("\nA-1,diverted,soon,review\nZ-9,diverted,2025-05-01T00:00:00Z,review")
    said = train(orders, labels).stderr.splitlines()
    assert not any(line.startswith("Rows refused") for line in said)
    assert "Rows of labels refused: 13" in said
    assert f"Labels whose outcome is none of {WORDS}: 12" in said
    assert "Labels that match no order taken: 1 of 1" in said
    assert f"Меток, чей исход не из числа {WORDS}: 12" in train(orders, labels, "--lang", "ru").stderr


def test_train_says_whose_orders_it_judged_and_score_tells_of_labels_too(tmp_path: Path) -> None:
    data = tmp_path / "data"
    simulated = CliRunner().invoke(
        build(), ["simulate", "--orders", "1500", "--months", "12", "--seed", "5", "--out", str(data)]
    )
    assert simulated.exit_code == 0
    labels = data / "labels.csv"
    with labels.open("a", encoding="utf-8") as file:
        file.write("Z-9,diverted,2024-05-01T00:00:00Z,review\nZ-8,bad,2024-05-01T00:00:00Z,review\n")
    made = train(data / "orders.jsonl", labels, "--trees", "20")
    assert made.exit_code == 0, made.output
    assert "customers that the judging boosters never met" in made.stdout.splitlines()[-1]
    russian = train(data / "orders.jsonl", labels, "--trees", "20", "--lang", "ru")
    assert "клиентов, которых проверочные модели не встречали" in russian.stdout.splitlines()[-1]
    scored = CliRunner().invoke(
        build(),
        ["score", "--model", str(data / "m"), "--orders", str(data / "orders.jsonl"), "--labels", str(labels),
         "--out", str(data / "s.csv"), "--json"],
    )  # fmt: skip
    answer = json.loads(scored.stdout)
    assert answer["refusals"]["refused"] == 0
    assert answer["refused_labels"]["by_code"] == {"choice": 1}
    assert answer["labels_without_order"] >= 1
    for done in (made, scored):
        assert f"Labels whose outcome is none of {WORDS}: 1" in done.stderr
