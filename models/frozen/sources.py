"""Where the orders and labels of a dataset come from: one interface for files and for the service's database.

`FileSource` is here; the database's is `screening.order_source`, because nothing below `screening` reads a database.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from features.records import OutcomeRecord
from models.dataset import read_texts
from models.outcomes import read_outcomes
from models.refusals import Complaints, Refusals, Refused

SIMULATED = "parameters.json"  # the simulator writes it beside its orders


class Written(NamedTuple):
    """An order as it is written: its line or number, its JSON, and its moment where that stands beside the text."""

    line: int
    text: bytes | str
    received_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Portion:
    """Consecutive orders of one source, and the lines among them that cannot be read at all."""

    orders: list[Written]
    refused: list[Refused]


class OrderSource(Protocol):
    """Orders as submitted, amendments among them, and what became known of them."""

    def portions(self, size: int) -> Iterator[Portion]:
        """The orders in portions of this size, none of them checked yet."""

    def labels(self, refusals: Refusals) -> Iterable[OutcomeRecord]:
        """Judgements with the moment from which each was known."""

    def describe(self) -> dict[str, Any]:
        """What the source was, as plain JSON values without anything of the machine."""


@dataclass(frozen=True, slots=True)
class FileSource:
    """Files of any kind that `models.dataset` reads, and a label file."""

    paths: Sequence[Path]
    label_path: Path

    def portions(self, size: int) -> Iterator[Portion]:
        """Every order of the files in their order. Raises DatasetError for a file that cannot be read at all."""
        for path in self.paths:
            complaints = Complaints()
            texts = read_texts(path, complaints)
            more = True
            while more:
                orders = [Written(line, text) for line, text in islice(texts, size)]
                yield Portion(orders, list(complaints.rows))
                complaints.rows.clear()
                more = len(orders) == size

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
