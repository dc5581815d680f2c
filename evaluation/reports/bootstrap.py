"""How sure a mean over users is: percentile bootstrap intervals.

Efron & Tibshirani (1993), "An introduction to the bootstrap", chapter 13.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from basketweave.graph.subgraph import FloatArray

# 32 MB of resampled user numbers at a time.
DRAWS = 4_000_000


@dataclass(frozen=True)
class Interval:
    """A mean over users, and where it would lie for other users like them."""

    mean: float
    low: float
    high: float

    @property
    def clear(self) -> bool:
        """Whether 0 lies outside the interval: then a difference is more than chance."""
        return self.low > 0 or self.high < 0

    def __str__(self) -> str:
        return f"{self.mean:.4f} ({self.low:.4f} to {self.high:.4f})"


def intervals(
    values: FloatArray, *, level: float = 0.95, resamples: int = 1000, seed: int = 0
) -> list[Interval]:
    """One interval for each column of `values` (Q, M), a row a user.

    All columns are resampled together, so the interval of a column of differences
    is that of the paired comparison. The same seed gives the same intervals.
    """
    rng = np.random.default_rng(seed)
    means = np.concatenate(list(_resampled(values, resamples, rng)))
    tails = [(1 - level) / 2, (1 + level) / 2]
    low, high = np.quantile(means, tails, axis=0)
    middle = values.mean(axis=0, dtype=np.float64)
    rows = zip(middle, low, high, strict=True)
    return [Interval(float(m), float(a), float(b)) for m, a, b in rows]


def interval(
    values: FloatArray, *, level: float = 0.95, resamples: int = 1000, seed: int = 0
) -> Interval:
    """The interval of one mean, from `values` (Q,) of each user."""
    column = values[:, None]
    return intervals(column, level=level, resamples=resamples, seed=seed)[0]


def _resampled(
    values: FloatArray, resamples: int, rng: np.random.Generator
) -> Iterator[npt.NDArray[np.float64]]:
    """Means (r, M) of the users drawn with replacement, some resamples at a time."""
    n = len(values)
    step = max(1, DRAWS // n)
    for start in range(0, resamples, step):
        r = min(step, resamples - start)
        drawn = rng.integers(0, n, (r, n)) + n * np.arange(r)[:, None]
        times = np.bincount(drawn.ravel(), minlength=r * n).reshape(r, n)
        yield times @ values.astype(np.float64) / n
