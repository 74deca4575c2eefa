"""What happens to models that should not serve: damaged, unsigned, swapped, old under a new name, signed by others.

    python -m api.bench.models [--artefacts 1000] [--seed 13]

`damaged`: a promoted champion serves as it does outside development. A thousand artefacts in eleven kinds of damage
are offered to the service's own loader, one after another, in a process of its own. Each has to be refused before
XGBoost or the model's JSON is touched, and the champion has to go on giving the same answer to the bit.

`live`: models promoted under load in the real service (`api.bench.live_models`). `--parts` names which are run.
"""

from __future__ import annotations

import argparse
import logging
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import numpy as np
import orjson
import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from api.bench.live_models import live
from api.bench.report import Report
from features.catalogue import feature_names
from models.boosting import BoosterConfig
from models.default import DefaultModel, build_model
from models.keys import write_public
from models.promotion import SIGNATURE as PROMOTION_SIGNATURE
from models.promotion import STATEMENT, Trust, load_trust, promote
from models.registry import MANIFEST, SIGNATURE, SIGNED_FILES, write_artefact
from models.scorer import Scorer
from models.simulator.config import SimulationConfig
from models.training import TrainingConfig
from screening import serving
from screening.scoring import SERVICE
from screening.settings import Settings, settings

ALL_FILES = (*SIGNED_FILES, MANIFEST, SIGNATURE, STATEMENT, PROMOTION_SIGNATURE)
STREAM = SimulationConfig(orders=3000, months=14, seed=5, diversion_share=0.08, label_delay_days=20.0)
QUICK = TrainingConfig(BoosterConfig(trees=40), folds=2, blocks=1)
ABOUT = {"by": "promoter of the bench", "reason": "bench"}
# What pickle.dumps gives of something that would run `true`: were it ever loaded, a process would start.
PICKLED = (
    b"\x80\x04\x95\x1f\x00\x00\x00\x00\x00\x00\x00\x8c\x05posix\x94\x8c\x06system\x94\x93\x94"
    b"\x8c\x04true\x94\x85\x94R\x94."
)


@dataclass(frozen=True)
class Workshop:
    """What the damage is made from: the champion, an older and another promoted model, and everybody's keys."""

    folder: Path
    champion: Path
    older: Path
    other: Path
    trainer: Ed25519PrivateKey
    promoter: Ed25519PrivateKey
    stranger: Ed25519PrivateKey

    @property
    def keys(self) -> Path:
        return self.folder / "keys"

    @property
    def trust(self) -> Trust:
        return load_trust([self.keys])


def workshop(folder: Path, trained: Path, trainer: Ed25519PrivateKey) -> Workshop:
    """Three promoted models from one that `trainer` has signed: serial 5 older, 6 another, 7 the champion."""
    made = Workshop(folder, folder / "champion", folder / "older", folder / "other", trainer,
                    Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate())  # fmt: skip
    made.keys.mkdir(parents=True)
    write_public(trainer.public_key(), made.keys / "anna.trainer.pub.pem")
    write_public(made.promoter.public_key(), made.keys / "boris.promoter.pub.pem")
    files = {name: (trained / name).read_bytes() for name in SIGNED_FILES}
    for serial, (path, shift) in enumerate(((made.older, -1.0), (made.other, 1.0), (made.champion, 0.0)), start=5):
        write_artefact(path, files | _moved(files, shift), {"note": str(serial)}, trainer)
        promote(path, ABOUT, serial, made.promoter, made.trust)
    return made


def _moved(files: dict[str, bytes], shift: float) -> dict[str, bytes]:
    """Calibrator and thresholds of another model: the same, moved."""
    curve, bands = orjson.loads(files["calibrator.json"]), orjson.loads(files["thresholds.json"])
    curve["log_odds"] = [value + shift for value in curve["log_odds"]]
    bands |= {"elevated": bands["elevated"] + shift, "high": bands["high"] + shift}
    return {"calibrator.json": orjson.dumps(curve), "thresholds.json": orjson.dumps(bands)}


Damage = Callable[[Workshop, Path, np.random.Generator], None]


def bit_flip(_: Workshop, path: Path, chance: np.random.Generator) -> None:
    file = path / str(chance.choice(ALL_FILES))
    data = bytearray(file.read_bytes())
    data[int(chance.integers(len(data)))] ^= 1 << int(chance.integers(8))
    file.write_bytes(data)


def truncation(_: Workshop, path: Path, chance: np.random.Generator) -> None:
    file = path / str(chance.choice(ALL_FILES))
    data = file.read_bytes()
    file.write_bytes(data[: int(chance.integers(len(data)))])


def missing_file(_: Workshop, path: Path, chance: np.random.Generator) -> None:
    (path / str(chance.choice(ALL_FILES))).unlink()


def swapped_calibrator(shop: Workshop, path: Path, chance: np.random.Generator) -> None:
    shutil.copy((shop.older, shop.other)[int(chance.integers(2))] / "calibrator.json", path)


def swapped_thresholds(shop: Workshop, path: Path, chance: np.random.Generator) -> None:
    shutil.copy((shop.older, shop.other)[int(chance.integers(2))] / "thresholds.json", path)


def older_under_a_new_name(shop: Workshop, path: Path, chance: np.random.Generator) -> None:
    """An earlier model, signed by trainer and promoter as it was, byte for byte."""
    shutil.rmtree(path)
    shutil.copytree((shop.older, shop.other)[int(chance.integers(2))], path)


def promotion_of_another(shop: Workshop, path: Path, chance: np.random.Generator) -> None:
    """The champion's own promotion beside an older model."""
    older_under_a_new_name(shop, path, chance)
    for name in (STATEMENT, PROMOTION_SIGNATURE):
        shutil.copy(shop.champion / name, path)


def unsigned(_: Workshop, path: Path, chance: np.random.Generator) -> None:
    (path / (SIGNATURE, PROMOTION_SIGNATURE)[int(chance.integers(2))]).unlink()


def trainer_alone(_: Workshop, path: Path, chance: np.random.Generator) -> None:
    for name in (STATEMENT, PROMOTION_SIGNATURE):
        (path / name).unlink()


def wrong_key(shop: Workshop, path: Path, chance: np.random.Generator) -> None:
    """A changed model that a stranger signed, as trainer or as promoter of what the trainer signed."""
    files = {name: (path / name).read_bytes() for name in SIGNED_FILES}
    as_trainer = bool(chance.integers(2))
    write_artefact(path, files, {"note": str(chance.integers(2**31))}, shop.stranger if as_trainer else shop.trainer)
    keys = shop.folder / "strangers"
    if not keys.is_dir():
        shutil.copytree(shop.keys, keys)
        write_public(shop.stranger.public_key(), keys / "mallory.trainer.pub.pem")
    promote(path, ABOUT, 8, shop.promoter if as_trainer else shop.stranger, load_trust([keys]))


def pickle_inside(shop: Workshop, path: Path, chance: np.random.Generator) -> None:
    """A pickle in the place of a file, with a manifest that names its hash but that nobody signed anew."""
    name = str(chance.choice(SIGNED_FILES))
    files = {each: (path / each).read_bytes() for each in SIGNED_FILES}
    kept = {each: (path / each).read_bytes() for each in (SIGNATURE, STATEMENT, PROMOTION_SIGNATURE)}
    write_artefact(path, files | {name: PICKLED + chance.bytes(8)}, {}, shop.stranger)
    for each, data in kept.items():
        (path / each).write_bytes(data)


DAMAGES: tuple[Damage, ...] = (
    bit_flip, truncation, missing_file, swapped_calibrator, swapped_thresholds, older_under_a_new_name,
    promotion_of_another, unsigned, trainer_alone, wrong_key, pickle_inside,
)  # fmt: skip


@dataclass
class Tally:
    """What came of the artefacts: by kind how many were offered, how many refused, and what must never happen."""

    offered: Counter[str]
    refused: Counter[str]
    loader_calls: int = 0
    other_answers: int = 0


def offer(shop: Workshop, count: int, seed: int) -> Tally:
    """Offer `count` artefacts, kind by kind in turn, to the loader of the service, whose settings say production."""
    chance = np.random.Generator(np.random.PCG64(seed))
    tally = Tally(Counter(), Counter())
    probe = chance.normal(size=len(feature_names())).astype(np.float32)
    with _in_production(shop):
        assert serving.take_from(shop.champion), "the champion serves"
        champion = SERVICE.current
        assert champion is not None
        before = _answer(champion, probe)
        for number in range(count):
            damage = DAMAGES[number % len(DAMAGES)]
            path = shop.folder / "offered" / f"{number:04d}-{chance.integers(2**31)}"
            shutil.copytree(shop.champion, path)
            damage(shop, path, chance)
            tally.offered[damage.__name__] += 1
            tally.refused[damage.__name__] += _refused(path, tally)
            serves = SERVICE.current
            tally.other_answers += serves is not champion or _answer(serves, probe) != before
            shutil.rmtree(path)
    return tally


def _refused(path: Path, tally: Tally) -> bool:
    """Whether the service refuses the artefact; counts how often it came as far as the loader, which then fails."""
    refused = False
    with patch.object(Scorer, "__init__", side_effect=AssertionError("the loader was reached")) as loader:
        with suppress(AssertionError):
            refused = serving.take_from(path) is None
        tally.loader_calls += loader.call_count
    return refused


def _answer(scorer: Scorer, probe: Any) -> tuple[float, float, bytes]:
    said = scorer.assess(probe)
    return said.margin, said.probability, said.contributions.tobytes()


@contextmanager
def _in_production(shop: Workshop) -> Iterator[None]:
    """The loader's settings are production's, with the keys of the bench and a var folder of its own."""
    here: Settings = settings().model_copy(
        update={"environment": "production", "model_keys_dir": shop.keys, "var_dir": shop.folder / "var"}
    )
    earlier = SERVICE.current
    with patch("screening.serving.settings", lambda: here), patch("screening.model_folder.settings", lambda: here):
        yield
    SERVICE.serve(earlier)


def damaged(report: Report, options: argparse.Namespace) -> None:
    """A thousand artefacts that must not serve, in a process of their own, so that a crash is a figure."""
    command = [sys.executable, "-m", "api.bench.models", "--child", "--artefacts", str(options.artefacts)]
    done = subprocess.run([*command, "--seed", str(options.seed)], stdout=subprocess.PIPE, check=False)
    found = orjson.loads(done.stdout.splitlines()[-1]) if done.stdout else {}
    for kind, count in found.get("offered", {}).items():
        print(f"  {kind:24} {found['refused'].get(kind, 0)} of {count} refused", flush=True)
    report.bar("artefacts_offered", sum(found.get("offered", {}).values()), "at least", 1000)
    refused = sum(found.get("refused", {}).values())
    report.bar("artefacts_not_refused", sum(found.get("offered", {}).values()) - refused, "equals", 0)
    report.bar("reached_the_loader", found.get("loader_calls", -1), "equals", 0)
    report.bar("answers_that_were_not_the_champions", found.get("other_answers", -1), "equals", 0)
    report.bar("processes_that_died", int(done.returncode != 0), "equals", 0)


PARTS: tuple[Callable[[Report, argparse.Namespace], None], ...] = (damaged, live)


def _child(options: argparse.Namespace) -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    with TemporaryDirectory() as work:
        trainer = Ed25519PrivateKey.generate()
        build_model(Path(work) / "trained", DefaultModel(trainer, STREAM, QUICK))
        tally = offer(workshop(Path(work) / "shop", Path(work) / "trained", trainer), options.artefacts, options.seed)
    sys.stdout.write(orjson.dumps(tally).decode() + "\n")


def main() -> None:
    """Run every part; exits 1 if a bar is not met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--artefacts", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=13)
    parser.add_argument("--seconds", type=float, default=15.0, help="load before and during each promotion")
    parser.add_argument("--turns", type=int, default=10, help="promotions that are timed, an even number")
    parser.add_argument("--parts", default="damaged,live")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        _child(options)
        return
    report = Report("models")
    for part in PARTS:
        if part.__name__ in options.parts.split(","):
            part(report, options)
    report.end()


if __name__ == "__main__":
    main()
