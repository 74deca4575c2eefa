"""A cluster of two workers gives what one machine gives; without one, or without dask, one clear line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from models import boosting
from models.boosting import BoosterConfig
from models.cluster import Cluster, ClusterUnavailable, connected
from models.crossed import learnt
from models.frozen.rows import Rows
from models.pipeline import Scoring, Sources, read_stream, scored
from models.registry import open_artefact
from models.scorer import Scorer
from models.training import TrainingConfig
from tests.models.conftest import Signed

needs_dask = pytest.mark.skipif(find_spec("distributed") is None, reason="the `dask` extra is not installed")


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    local = import_module("distributed").LocalCluster
    with (
        local(n_workers=2, threads_per_worker=1, dashboard_address=None, protocol="tcp") as started,
        connected(started.scheduler_address) as found,
    ):
        found.client.wait_for_workers(2, timeout=60)
        yield found


def test_without_dask_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(import_module("sys").modules, "distributed", None)
    with pytest.raises(ClusterUnavailable, match=r"tamga\[dask\]"), connected("tcp://127.0.0.1:1"):
        pass


@needs_dask
def test_where_no_scheduler_answers_it_says_so() -> None:
    with pytest.raises(ClusterUnavailable, match="no Dask scheduler"), connected("tcp://127.0.0.1:1", seconds=1):
        pass


@needs_dask
def test_a_booster_of_two_workers_is_as_good_and_ranks_alike(cluster: Cluster, rows: Rows) -> None:
    # Without draws of rows or columns the two differ by the cuts of the histogram only.
    booster = BoosterConfig(trees=20, subsample=1.0, colsample=1.0)
    data = rows.teaching(rows.as_of)
    used = np.flatnonzero(data.targets.used)
    assert cluster.workers == 2
    alone = learnt(data, used, booster, TrainingConfig())
    spread = learnt(replace(data, cluster=cluster), used, booster, TrainingConfig())
    assert spread.booster.num_boosted_rounds() == alone.booster.num_boosted_rounds() == 20
    margins = [boosting.margins(each.booster, data.values[used], 1) for each in (alone, spread)]
    areas = [roc_auc_score(data.targets.confirmed[used], each) for each in margins]
    assert areas[1] == pytest.approx(areas[0], abs=0.02)
    assert np.corrcoef(*margins)[0, 1] > 0.95


@needs_dask
def test_scores_and_reasons_of_the_cluster_are_equal(cluster: Cluster, signed: Signed, files: Path) -> None:
    stream = read_stream(Sources([files / "orders.jsonl"], files / "labels.csv"))
    artefact = open_artefact(signed.folder, [signed.key.public_key()])
    scorer, holding = Scorer(artefact), cluster.holding(artefact)
    assert np.array_equal(holding.margins(stream.values, stream.customer), scorer.margins(stream.values))
    alone = list(scored(scorer, stream))
    assert list(scored(scorer, stream, Scoring(holding=holding))) == alone
    assert len(alone) == stream.size
