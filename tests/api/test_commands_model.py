"""`tamga simulate`, `train`, `score`, `evaluate` as a data scientist types them."""

from __future__ import annotations

import csv
import json
import shutil
from dataclasses import asdict
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from api.cli import build
from models.boosting import BoosterConfig
from models.keys import DEVELOPMENT_PRIVATE, development_key, load_private, write_public
from models.promotion import load_trust, open_promoted
from models.training import TrainingConfig
from screening.settings import settings

pytestmark = pytest.mark.usefixtures("own_var")


def tamga(*words: str | Path, env: dict[str, str] | None = None) -> Result:
    return CliRunner().invoke(build(), [str(word) for word in words], env=env)


@pytest.fixture(scope="module")
def work(own_var: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a simulated stream and a model trained on its first ten months."""
    folder = tmp_path_factory.mktemp("work")
    assert tamga("simulate", "--orders", "2500", "--months", "14", "--seed", "5", "--out", folder).exit_code == 0
    made = tamga(
        "train", "--orders", folder / "orders.jsonl", "--labels", folder / "labels.csv", "--as-of",
        "2025-01-20T00:00:00Z", "--out", folder / "model", "--trees", "30", "--json",
    )  # fmt: skip
    assert made.exit_code == 0, made.output
    (folder / "train.json").write_text(made.stdout)
    return folder


def test_training_answers_in_one_json_object(work: Path) -> None:
    result = json.loads((work / "train.json").read_text())
    assert len(result["version"]) == 16
    assert result["report"]["used"] > 1000
    assert result["orders"]["refused"] == 0


def test_without_options_the_command_trains_what_the_package_does(work: Path) -> None:
    config = json.loads((work / "train.json").read_text())["report"]["config"]
    package = asdict(TrainingConfig(BoosterConfig(trees=30)))
    assert {name: config[name] for name in package if name != "nthread"} == {
        name: package[name] for name in package if name != "nthread"
    }
    help_text = " ".join(tamga("train", "--help", env={"COLUMNS": "200"}).stdout.split())
    assert f"[default: {BoosterConfig().trees}]" in help_text
    assert f"[default: {BoosterConfig().depth}]" in help_text


def test_scores_have_the_fixed_columns_and_one_row_an_order(work: Path) -> None:
    out = work / "scores.csv"
    done = tamga(
        "score", "--model", work / "model", "--history", work / "orders.jsonl", "--orders", work / "orders.jsonl",
        "--labels", work / "labels.csv", "--out", out,
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    with out.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["order_ref", "probability", "margin", "band", "reason_1", "reason_2", "reason_3"]
    assert len({row["order_ref"] for row in rows}) == len(rows) == 2500
    assert all(0 < float(row["probability"]) < 1 for row in rows)
    assert {row["band"] for row in rows} <= {"low", "elevated", "high"}
    top = max(rows, key=lambda row: float(row["margin"]))
    assert top["reason_1"]
    ranked = sorted(rows, key=lambda row: float(row["margin"]))
    assert [float(row["probability"]) for row in ranked] == sorted(float(row["probability"]) for row in rows)


def test_reasons_come_in_russian_when_asked(work: Path) -> None:
    out = work / "russian.csv"
    options = ("score", "--model", work / "model", "--orders", work / "orders.jsonl", "--out", out)
    assert tamga(*options, env={"TAMGA_LANG": "ru"}).exit_code == 0
    assert any("а" <= letter <= "я" for letter in out.read_text(encoding="utf-8").lower())


def test_evaluation_by_truth_names_typologies(work: Path) -> None:
    done = tamga(
        "evaluate", "--model", work / "model", "--orders", work / "orders.jsonl", "--labels", work / "labels.csv",
        "--truth", work / "truth.csv", "--json",
    )  # fmt: skip
    result = json.loads(done.stdout)
    assert result["judged_by"] == "truth"
    assert result["all"]["confirmed"] == 50
    assert [row["share"] for row in result["all"]["review"]] == [0.005, 0.01, 0.02, 0.05]
    assert {row["group"][:2] for row in result["typologies"]} == {"TY"}
    assert result["customer_class_formula"]["orders"] == result["all"]["orders"]


@pytest.mark.parametrize(("goods", "applies"), [("acetone", True), ("copier paper", False)])
def test_the_customer_class_formula_is_left_out_where_it_is_for_none_of_the_goods(
    work: Path, tmp_path: Path, goods: str, applies: bool
) -> None:
    orders = [
        {"reference": f"P-{n}", "received_at": f"2025-{1 + n % 6:02}-{1 + n // 6:02}T09:00:00Z",
         "customer": {"name": f"Firm {n % 3}", "industry_code": "20"}, "lines": [{"name": goods, "quantity": 5 + n}]}
        for n in range(24)
    ]  # fmt: skip
    (tmp_path / "orders.jsonl").write_text("\n".join(map(json.dumps, orders)), encoding="utf-8")
    (tmp_path / "labels.csv").write_text("order_ref,outcome,known_at\nP-7,diverted,2025-09-01T00:00:00Z\n")
    options = ("evaluate", "--model", work / "model", "--orders", tmp_path / "orders.jsonl", "--labels",
               tmp_path / "labels.csv")  # fmt: skip
    result = json.loads(tamga(*options, "--json").stdout)
    assert result["all"]["orders"] == 24
    assert (result["customer_class_formula"] is not None) == applies
    english, russian = tamga(*options).stdout, tamga(*options, "--lang", "ru").stdout
    assert ("DEA customer-class formula: does not apply" in english) != applies
    assert ("Формула классов клиентов (DEA): неприменима" in russian) != applies
    assert english.count("reviewing 0.5%") == (2 if applies else 1)


@pytest.mark.parametrize(
    "words",
    [
        ("score", "--model", "nowhere", "--orders", "orders.jsonl", "--out", "x.csv"),
        ("train", "--orders", "nowhere.jsonl", "--labels", "labels.csv", "--as-of", "2025-01-01", "--out", "m"),
        ("train", "--orders", "orders.jsonl", "--labels", "labels.csv", "--as-of", "soon", "--out", "m"),
        ("train", "--orders", "orders.jsonl", "--labels", "orders.jsonl", "--as-of", "2025-01-01", "--out", "m"),
        ("score", "--model", "model", "--orders", "truth.xlsx", "--out", "x.csv"),
        ("score", "--model", "model", "--trust", "labels.csv", "--orders", "orders.jsonl", "--out", "x.csv"),
    ],
)
def test_a_wrong_file_is_one_clear_line(work: Path, words: tuple[str, ...]) -> None:
    placed = [
        word if word.startswith("-") or "-" in word or word in {"train", "score", "soon"} else work / word
        for word in words
    ]
    done = tamga(*placed)
    assert done.exit_code == 1
    said = [line for line in done.stderr.splitlines() if line.startswith("tamga: ")]
    assert len(said) == 1
    assert "Traceback" not in done.output
    assert not (work / "x.csv").exists()


def test_bad_rows_are_told_and_the_rest_is_scored(work: Path) -> None:
    mixed = work / "mixed.jsonl"
    lines = (work / "orders.jsonl").read_text(encoding="utf-8").splitlines()[:20]
    mixed.write_text("\n".join([*lines, "{broken", '{"reference": "Z"}']), encoding="utf-8")
    done = tamga("score", "--model", work / "model", "--orders", mixed, "--out", work / "mixed.csv", "--json")
    assert done.exit_code == 0
    result = json.loads(done.stdout)
    assert result["scored"] == 20
    assert result["refusals"]["refused"] == 2
    assert "21: -" in done.stderr


def test_every_training_is_kept_listed_and_shown(work: Path) -> None:
    made = json.loads((work / "train.json").read_text())
    listed = json.loads(tamga("models", "list", "--json").stdout)["runs"]
    assert [run["id"] for run in listed] == [made["run"]]
    assert [file["name"] for file in listed[0]["data"]["files"]] == ["orders.jsonl", "labels.csv"]
    shown = tamga("models", "show", made["version"][:6])
    assert made["run"] in shown.stdout
    assert "recall.svg" in shown.stdout
    same = json.loads(tamga("models", "compare", "1", made["version"], "--json").stdout)
    assert same["parameters"] == {}
    assert "no such run" in tamga("models", "show", "77").stderr


def test_a_dataset_is_trained_on_as_the_files_are(work: Path) -> None:
    options = ("--orders", work / "orders.jsonl", "--labels", work / "labels.csv", "--as-of", "2025-01-20T00:00:00Z")
    assert tamga("dataset", "build", *options, "--out", work / "frozen").exit_code == 0
    made = tamga(
        "train", "--dataset", work / "frozen", "--out", work / "again", "--registry", work / "registry", "--trees",
        "30", "--json",
    )  # fmt: skip
    assert made.exit_code == 0, made.output
    first, again = json.loads((work / "train.json").read_text()), json.loads(made.stdout)
    assert again["report"]["data_sha256"] == first["report"]["data_sha256"]
    assert (work / "again" / "model.ubj").read_bytes() == (work / "model" / "model.ubj").read_bytes()
    run = json.loads(tamga("models", "show", "1", "--registry", work / "registry", "--json").stdout)
    assert run["data"]["dataset"]
    assert tamga("train", "--out", work / "x").exit_code == 1


def test_another_person_signs_a_model_for_service(work: Path, tmp_path: Path) -> None:
    keys, private = tmp_path / "keys", tmp_path / "private"
    key, _ = development_key(private)
    keys.mkdir()
    write_public(key.public_key(), keys / "boris.promoter.pub.pem")
    write_public(load_private(settings().keys_dir / DEVELOPMENT_PRIVATE).public_key(), keys / "anna.trainer.pub.pem")
    folder = Path(shutil.copytree(work / "model", tmp_path / "model"))
    options = ("--by", "boris", "--reason", "past the gates", "--serial", "1", "--trust", keys)
    done = tamga("models", "sign", folder, "--signing-key", private / DEVELOPMENT_PRIVATE, *options)
    assert done.exit_code == 0, done.output
    assert open_promoted(folder, load_trust([keys])).serial == 1
    own = settings().keys_dir / DEVELOPMENT_PRIVATE
    assert "same_person" in tamga("models", "sign", folder, "--signing-key", own, *options).stderr
