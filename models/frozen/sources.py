"""Where the orders and labels of a dataset come from: one interface for files and for the service's database.

`FileSource` is here; the database's is `screening.order_source`, because nothing below `screening` reads a database.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from features.intake import FiledOrder
from features.records import OutcomeRecord
from models.dataset import read_bodies
from models.outcomes import read_outcomes
from models.refusals import Refusals

SIMULATED = "parameters.json"  # the simulator writes it beside its orders


class OrderSource(Protocol):
    """Orders as submitted, amendments among them, and what became known of them."""

    def orders(self, refusals: Refusals) -> Iterator[tuple[int, FiledOrder]]:
        """Line or number of each order with its body; what cannot be read goes to `refusals`."""

    def labels(self, refusals: Refusals) -> Iterable[OutcomeRecord]:
        """Judgements with the moment from which each was known."""

    def describe(self) -> dict[str, Any]:
        """What the source was, as plain JSON values without anything of the machine."""


@dataclass(frozen=True, slots=True)
class FileSource:
    """Files of any kind that `models.dataset` reads, and a label file."""

    paths: Sequence[Path]
    label_path: Path

    def orders(self, refusals: Refusals) -> Iterator[tuple[int, FiledOrder]]:
        """Every order of the files in their order. Raises DatasetError for a file that cannot be read at all."""
        for path in self.paths:
            yield from read_bodies(path, refusals)

    def labels(self, refusals: Refusals) -> Iterable[OutcomeRecord]:
        """Every judgement of the file. Raises DatasetError for a file that cannot be read at all."""
        return read_outcomes(self.label_path, refusals)

    def describe(self) -> dict[str, Any]:
        """Names and hashes of the files."""
        files = [{"name": path.name, "sha256": file_sha256(path)} for path in (*self.paths, self.label_path)]
        return {"kind": "files", "files": files, "synthetic": (self.paths[0].parent / SIMULATED).is_file()}


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
