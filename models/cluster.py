"""Past one machine: boosters and scores on a Dask cluster, rows partitioned by party. Needs the `dask` extra.

A party's orders lie on one worker. Features are made before, in one place: what customers share (carriers, lanes,
ties) crosses every partition. A worker gets rows and the model's verified bytes. Dask moves Python objects between its
processes in a form that can carry code, so a cluster is trusted as one trusts the machine itself: what is stored,
signed and loaded is the same data as ever.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
import xgboost
from numpy.typing import NDArray

from models.errors import ModelsError
from models.folds import fold_of
from models.registry import Artefact
from models.scorer import Scorer

Float32 = NDArray[np.float32]
IntArray = NDArray[np.int64]


class ClusterUnavailable(ModelsError):
    """No cluster at the address, or the packages for it are not installed."""


@dataclass(frozen=True, slots=True)
class Weighted:
    """Rows to fit on, (n, f), with target, weight and party hash, (n,) each, and how columns are drawn, (f,)."""

    values: Float32
    target: NDArray[np.float32]
    weight: NDArray[np.float64]
    party: IntArray
    drawn: Float32


@dataclass(frozen=True, slots=True)
class Cluster:
    """A connected cluster. `client` is a `distributed.Client`."""

    client: Any

    @property
    def workers(self) -> int:
        """How many workers there are now; rows are parted among so many."""
        return max(1, len(self.client.scheduler_info()["workers"]))

    def trained(
        self, rows: Weighted, parameters: dict[str, Any], trees: int, made: xgboost.Booster | None = None
    ) -> xgboost.Booster:
        """A booster of so many trees, or of so many more after those of `made`, as `xgboost.train` makes it."""
        dask, array = import_module("xgboost.dask"), import_module("dask.array")
        parts = self.parts(rows.party)
        columns = [_stacked(array, [each[part] for part in parts]) for each in (rows.values, rows.target, rows.weight)]
        matrix = dask.DaskQuantileDMatrix(
            self.client, columns[0], columns[1], weight=columns[2], feature_weights=array.from_array(rows.drawn),
            max_bin=parameters["max_bin"],
        )  # fmt: skip
        found: xgboost.Booster = dask.train(self.client, parameters, matrix, trees, xgb_model=made)["booster"]
        return found

    def holding(self, artefact: Artefact) -> Holding:
        """The cluster with a verified model on every worker."""
        return Holding(self, self.client.scatter(artefact, broadcast=True))

    def parts(self, party: IntArray) -> list[IntArray]:
        """Rows of each worker's parties; a worker without any gets none."""
        of = fold_of(party, self.workers)
        parts = [np.flatnonzero(of == number) for number in range(self.workers)]
        return [part for part in parts if part.size]


@dataclass(frozen=True, slots=True)
class Holding:
    """A cluster whose workers hold a model. `shared` is where it lies on them."""

    cluster: Cluster
    shared: Any

    def margins(self, values: Float32, party: IntArray) -> Float32:
        """Margins (n,) of rows (n, f), a party's rows on one worker."""
        return self._gathered(_margins, values, party)[0]

    def explained(self, values: Float32, party: IntArray) -> tuple[Float32, Float32]:
        """Contributions (n, f + 1) and margins (n,), as `Scorer.explain_many` gives them."""
        contributions, margins = self._gathered(_explained, values, party)
        return contributions, margins

    def _gathered(self, work: Any, values: Float32, party: IntArray) -> tuple[Float32, ...]:
        client, parts = self.cluster.client, self.cluster.parts(party)
        waiting = [client.submit(work, self.shared, values[part], pure=False) for part in parts]
        done: list[tuple[Float32, ...]] = client.gather(waiting)
        whole = []
        for pieces in zip(*done, strict=True):
            out = np.empty((values.shape[0], *pieces[0].shape[1:]), dtype=np.float32)
            for part, piece in zip(parts, pieces, strict=True):
                out[part] = piece
            whole.append(out)
        return tuple(whole)


@contextmanager
def connected(address: str, seconds: float = 30.0) -> Iterator[Cluster]:
    """The cluster at an address such as tcp://scheduler:8786. Raises ClusterUnavailable."""
    try:
        distributed = import_module("distributed")
        import_module("dask.array")
    except ModuleNotFoundError as error:
        raise ClusterUnavailable("dask is not installed: pip install 'tamga[dask]'") from error
    try:
        client = distributed.Client(address, timeout=seconds)
    except (OSError, ValueError) as error:
        raise ClusterUnavailable(f"no Dask scheduler answers at {address}: {error}") from error
    try:
        yield Cluster(client)
    finally:
        client.close()


def _stacked(array: Any, parts: list[Any]) -> Any:
    """Parts as one array of the cluster, a chunk each."""
    return array.concatenate([array.from_array(part, chunks=part.shape) for part in parts])


_LOADED: dict[str, Scorer] = {}


def _scorer(artefact: Artefact) -> Scorer:
    """The worker's own scorer of a model; the last one is kept."""
    if artefact.sha256 not in _LOADED:
        _LOADED.clear()
        _LOADED[artefact.sha256] = Scorer(artefact)
    return _LOADED[artefact.sha256]


def _margins(artefact: Artefact, values: Float32) -> tuple[Float32, ...]:
    return (_scorer(artefact).margins(values),)


def _explained(artefact: Artefact, values: Float32) -> tuple[Float32, ...]:
    return _scorer(artefact).explain_many(values)
