"""Which rows teach and which judge: forward in time, with the label delay between, and no customer on both sides.

    time ->     block 0 (teaches only)    block 1                         block 2
                                          judged by boosters of block 0   judged by boosters of blocks 0 and 1

A customer belongs to one fold for good. For each late block and fold a booster learns from the earlier rows of the
other folds and scores the block's rows of this fold, so that all late rows together carry margins from boosters that
knew neither their time nor their customer. Two late blocks rather than one bring more cases to judge by, from
boosters that have seen nearly as much as the one that will serve.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from models.errors import TrainingError
from models.targets import DAY_MICROS, Targets

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

GAP_SHARE = 0.05
FEWEST_TO_JUDGE = 8
LATE_SHARES = (0.4, 0.5, 0.6, 0.75)


@dataclass(frozen=True, slots=True)
class Ways:
    """How rows are parted: share of rows that judge, in how many blocks of time, by how many folds of customers."""

    late_share: float
    blocks: int
    folds: int


@dataclass(frozen=True, slots=True)
class Split:
    """All rows to judge, in time order, and who judges them: pairs of rows that teach and places within `late`."""

    late: IntArray
    turns: tuple[tuple[IntArray, IntArray], ...]

    @property
    def early(self) -> IntArray:
        """Rows that teach every booster or some and are never judged."""
        return np.unique(np.concatenate([rows[rows < self.late[0]] for rows, _ in self.turns]))


def fold_of(group: IntArray, folds: int) -> IntArray:
    """The fold of each group by its own hash, the same in every run and stream; (n,)."""
    mixed = group.astype(np.uint64)
    mixed = (mixed ^ (mixed >> np.uint64(33))) * np.uint64(0xFF51AFD7ED558CCD)
    mixed = (mixed ^ (mixed >> np.uint64(33))) * np.uint64(0xC4CEB9FE1A85EC53)
    return ((mixed >> np.uint64(33)) % np.uint64(folds)).astype(np.int64)


def split(at: IntArray, group: IntArray, targets: Targets, ways: Ways) -> Split:
    """Rows for teaching and judging, from moments and groups (n,) of rows in time order.

    The embargo before each block is at most a twentieth of the span. Where the late rows or a teacher hold hardly any
    case, there are fewer folds and blocks, then a longer late part. Raises TrainingError where nothing leaves cases
    and others both to teach and to judge.
    """
    used = np.flatnonzero(targets.used)
    tried = [ways, Ways(ways.late_share, 1, ways.folds), Ways(ways.late_share, 1, 2)]
    tried += [Ways(share, 1, folds) for share in LATE_SHARES for folds in (2, 1)]
    for least in (FEWEST_TO_JUDGE, 1):
        for each in tried:
            parts = _parted(at, group, used, targets, each)
            if parts is not None and _serves(parts, targets, least):
                return parts
    raise TrainingError("the confirmed cases lie too close together in time to learn from some and check on others")


def _parted(at: IntArray, group: IntArray, used: IntArray, targets: Targets, ways: Ways) -> Split | None:
    """The gap comes out of what teaches: the late rows are what there is to judge by."""
    times = at[used]
    gap = min(int(targets.embargo_days * DAY_MICROS), int(GAP_SHARE * (times[-1] - times[0])))
    begins = [int(np.quantile(times, share)) for share in np.linspace(1 - ways.late_share, 1, ways.blocks + 1)[:-1]]
    late = used[times >= begins[0]]
    fold, judged_at = fold_of(group, ways.folds), at[late]
    turns = []
    for begin, end in pairwise([*begins, int(times[-1]) + 1]):
        before = used[times < begin - gap]
        for number in range(ways.folds):
            others = before if ways.folds == 1 else before[fold[before] != number]
            own = np.flatnonzero((judged_at >= begin) & (judged_at < end) & (fold[late] == number))
            turns.append((others, own))
    return Split(late, tuple(turns)) if late.size else None


def _serves(parts: Split, targets: Targets, least: int) -> bool:
    """Whether every booster has cases and others to learn from, and the late rows have both to judge by."""
    return all(_cases(targets, rows) >= least for rows in (*(taught for taught, _ in parts.turns), parts.late))


def _cases(targets: Targets, rows: IntArray) -> int:
    """Confirmed cases among the rows; none where there is nothing else."""
    confirmed = targets.confirmed[rows]
    return 0 if confirmed.all() else int(confirmed.sum())


def sampled(rows: IntArray, targets: Targets, most: int, seed: int) -> tuple[IntArray, FloatArray]:
    """At most about `most` of the rows, in time order, and what each stands for (1 or more).

    Confirmed cases always stay, labelled orders stay where they leave room, and of the others a random part stands
    for all of them.
    """
    weight = np.ones(rows.size)
    if rows.size <= most:
        return rows, weight
    confirmed, labelled = targets.confirmed[rows], targets.reviewed[rows]
    kept = labelled if labelled.sum() <= 0.9 * most else confirmed
    others = np.flatnonzero(~kept)
    room = max(most - int(kept.sum()), most // 10)
    if room >= others.size:
        return rows, weight
    generator = np.random.Generator(np.random.PCG64(seed))
    drawn = generator.choice(others, room, replace=False)
    weight[drawn] = others.size / room
    chosen = np.sort(np.concatenate((np.flatnonzero(kept), drawn)))
    return rows[chosen], weight[chosen]
