"""Open a frozen dataset: every file is held against its hash before it is read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from features.arrival import key_hashes
from features.catalogue import FINGERPRINT, feature_names
from models.errors import DatasetError
from models.frozen.build import FEATURES, FILES, FORMAT, LABELS, MANIFEST
from models.frozen.rows import Rows
from models.frozen.sources import file_sha256
from models.outcomes import VERDICTS, Labels, is_random

PART = 20_000


@dataclass(frozen=True, slots=True)
class Frozen:
    """A dataset whose files are those of its manifest; `id` names exactly them."""

    folder: Path
    id: str
    manifest: dict[str, Any]

    @property
    def as_of(self) -> datetime:
        """The moment at which the dataset knew what it knows."""
        return datetime.fromisoformat(self.manifest["as_of"])

    @property
    def synthetic(self) -> bool:
        """Whether its orders were simulated, as far as the source says."""
        return bool(self.manifest["source"].get("synthetic", False))

    def rows(self) -> Rows:
        """All rows in memory: about 1.4 kB an order. Raises DatasetError for a damaged file or other features."""
        if self.manifest["catalogue"] != FINGERPRINT:
            raise DatasetError(f"{self.folder}: made with another feature catalogue; build the dataset again")
        size = int(self.manifest["files"][FEATURES]["rows"])
        values = np.empty((size, len(feature_names())), dtype=np.float32)
        plain: list[pa.Table] = []
        begin = 0
        with pa.OSFile(str(self.folder / FEATURES)) as file:
            for part in pq.ParquetFile(file).iter_batches(batch_size=PART):
                rows = slice(begin, begin + part.num_rows)
                for column, name in enumerate(feature_names()):
                    values[rows, column] = part.column(name).to_numpy()
                plain.append(pa.table({name: part.column(name) for name in part.schema.names[:8]}))
                begin = rows.stop
        return self._rows(pa.concat_tables(plain), values)

    def _rows(self, table: pa.Table, values: NDArray[np.float32]) -> Rows:
        integers = {name: table.column(name).to_numpy() for name in ("reference", "customer")}
        floats = {name: table.column(name).to_numpy() for name in ("kilograms", "formula")}
        return Rows(
            references=table.column("order_ref").to_pylist(),
            at=table.column("received_at").to_numpy().astype("datetime64[us]").astype(np.int64),
            country=table.column("country").to_pylist(),
            values=values,
            labels=self.labels(),
            as_of=self.as_of,
            **integers,
            **floats,
        )

    def labels(self) -> Labels:
        """The judgements as columns."""
        table = pq.read_table(self.folder / LABELS)
        return Labels(
            key_hashes(table.column("order_ref").to_pylist()),
            np.array([VERDICTS[each] for each in table.column("outcome").to_pylist()], dtype=np.int64),
            table.column("known_at").to_numpy().astype("datetime64[us]").astype(np.int64),
            np.array([is_random(each) for each in table.column("source").to_pylist()], dtype=np.bool_),
        )


def open_dataset(folder: Path) -> Frozen:
    """A frozen dataset, every file held against its hash. Raises DatasetError naming the first that is not its own."""
    try:
        written = (folder / MANIFEST).read_bytes()
        manifest = orjson.loads(written)
        listed = {name: manifest["files"][name]["sha256"] for name in FILES}
        if manifest["format"] != FORMAT:
            raise DatasetError(f"{folder}: format {manifest['format']!r} is not {FORMAT}")
    except (OSError, orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise DatasetError(f"{folder}: no frozen dataset ({MANIFEST} is missing or damaged)") from error
    for name, expected in listed.items():
        path = folder / name
        if not path.is_file() or file_sha256(path) != expected:
            raise DatasetError(f"{path}: not the file that was frozen")
    return Frozen(folder, file_sha256(folder / MANIFEST)[:16], manifest)
