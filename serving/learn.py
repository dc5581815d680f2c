"""Learn the blend's weights on validation: the weights that rank best, by NDCG@10."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from basketweave.evaluation.splits.split import Split
from basketweave.progress import SILENT, Progress
from basketweave.serving.blend import FloatArray, IntArray, Parts
from basketweave.serving.offline import Sources
from basketweave.serving.request import Known

POWERS = (0.2, 0.3, 0.5, 1.0)


@dataclass(frozen=True)
class Learned:
    """The weights and power found, and their NDCG@10 on validation."""

    weights: Mapping[str, float]
    power: float
    ndcg: float


def learn(
    windows: Sequence[tuple[Sources, Split]],
    known: Known,
    *,
    powers: Sequence[float] = POWERS,
    users: int = 2_000,
    rounds: int = 3,
    seed: int = 0,
    progress: Progress = SILENT,
) -> Learned:
    """Search non-negative weights that sum to 1 for the best mean NDCG@10.

    windows   validation windows: what was known before each, and what came after
    users     at most so many users of each window are scored

    Coordinate search: in turn each part's share is moved while the others keep
    their proportions, from the best of the single parts and an even blend.
    """
    tables = [_Table.of(s, split, known, users, seed) for s, split in windows]
    parts = [n for n, raw in tables[0].parts.raw.items() if raw.any()]
    with progress.task("Learning the blend", total=len(powers)) as advance:
        found = []
        for power in powers:
            blocks = [table.under(power, parts) for table in tables]
            found.append(_search(parts, blocks, power, rounds))
            advance(1)
    return max(found, key=lambda learned: learned.ndcg)


@dataclass(frozen=True)
class _Table:
    """Candidates of one window as a padded table: a row a user."""

    parts: Parts
    relevant: FloatArray
    ideal: FloatArray
    slots: IntArray
    shape: tuple[int, int]
    scaled: bool

    @classmethod
    def of(
        cls, sources: Sources, split: Split, known: Known, users: int, seed: int
    ) -> _Table:
        asked = split.under(known)
        some = np.random.default_rng(seed).permutation(len(asked))[:users]
        asked = asked.only(np.sort(some))
        parts = sources.parts(asked.users, known)
        size = np.bincount(parts.user, minlength=len(asked))
        place = np.arange(len(parts.user)) - (np.cumsum(size) - size)[parts.user]
        shape = (len(asked), int(size.max()))
        relevant = np.asarray(asked.truth[parts.user, parts.item]).ravel()
        total = np.diff(asked.truth.indptr)
        slots = parts.user * shape[1] + place
        scaled = sources.settings.scaled
        return cls(parts, relevant, _ideal(total), slots, shape, scaled)

    def under(self, power: float, parts: Sequence[str]) -> _Block:
        values = self.parts.values(power, self.scaled)
        stacked = np.zeros((len(parts), self.shape[0] * self.shape[1]), np.float32)
        stacked[:, self.slots] = np.stack([values[part] for part in parts])
        relevant = np.zeros(self.shape[0] * self.shape[1], np.float32)
        relevant[self.slots] = self.relevant
        return _Block(stacked, relevant.reshape(self.shape), self.ideal)


@dataclass(frozen=True)
class _Block:
    """values (P, Q * C), relevant (Q, C), ideal (Q,)."""

    values: FloatArray
    relevant: FloatArray
    ideal: FloatArray

    def ndcg(self, weights: FloatArray) -> float:
        score = (weights @ self.values).reshape(self.relevant.shape)
        best = np.argpartition(-score, 9, axis=1)[:, :10]
        order = np.argsort(-np.take_along_axis(score, best, 1), axis=1)
        best = np.take_along_axis(best, order, 1)
        hits = np.take_along_axis(self.relevant, best, 1)
        return float(np.mean(hits @ _DISCOUNT[: best.shape[1]] / self.ideal))


_DISCOUNT = (1 / np.log2(np.arange(2, 12))).astype(np.float32)


def _ideal(total: IntArray) -> FloatArray:
    return np.cumsum(_DISCOUNT)[np.minimum(total, 10) - 1]


def _search(
    parts: list[str], blocks: list[_Block], power: float, rounds: int
) -> Learned:
    def value(weights: FloatArray) -> float:
        return float(np.mean([block.ndcg(weights) for block in blocks]))

    starts = [*np.eye(len(parts), dtype=np.float32)]
    starts.append(np.full(len(parts), 1 / len(parts), np.float32))
    weights = max(starts, key=value)
    best, step = value(weights), 0.3
    for _ in range(rounds):
        for part in range(len(parts)):
            for move in (step, -step, step / 2, -step / 2):
                tried = _moved(weights, part, move)
                got = value(tried)
                if got > best:
                    weights, best = tried, got
        step /= 2
    rounded = dict(zip(parts, (round(float(w), 3) for w in weights), strict=True))
    return Learned(rounded, power, best)


def _moved(weights: FloatArray, part: int, move: float) -> FloatArray:
    """One part's share moved, the others keeping their proportions."""
    share = float(np.clip(weights[part] + move, 0, 1))
    rest = 1 - weights[part]
    others = weights * ((1 - share) / rest) if rest > 0 else (1 - share) / len(weights)
    out = np.broadcast_to(others, weights.shape).astype(np.float32)
    out[part] = share
    return out / out.sum()
