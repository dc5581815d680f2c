"""Two groups compared: what each took, the difference, and whether the groups are right.

Sources: Deng, Knoblich & Lu (2018), Applying the delta method in metric analytics; Fabijan
et al. (2019), Diagnosing sample ratio mismatch in online controlled experiments.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from math import sqrt
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import stats

Counts = npt.NDArray[np.float64]
LEVEL = 0.99
"""Of the interval, and so of what is called different: experiments are looked at more
than once, and of 200 of equal blends at most ten should be called different."""
MISMATCH = 0.001
"""A p-value below it says that the groups are not as large as they should be."""


@dataclass(frozen=True)
class GroupFigures:
    """What one group did.

    users   people who were shown anything
    shown   items that they were shown, each once for a person
    taken   how many of them they took
    rate    taken / shown
    error   of the rate: its standard error
    buyers  share of the users who took at least one
    """

    users: int
    shown: int
    taken: int
    rate: float
    error: float
    buyers: float


@dataclass(frozen=True)
class Contrast:
    """Two groups, and what can be said of their difference.

    difference   rate of b less that of a, and (low, high) its interval at `level`
    lift         the difference over a's rate
    p            how likely a difference this large is between equal blends
    ratio_p      how likely groups of these sizes are, by chance
    """

    a: GroupFigures
    b: GroupFigures
    difference: float
    low: float
    high: float
    level: float
    lift: float
    p: float
    ratio_p: float

    @property
    def different(self) -> bool:
        """Whether the interval leaves out 0, and the groups are as they should be."""
        return self.balanced and not self.low <= 0 <= self.high

    @property
    def balanced(self) -> bool:
        """Whether the groups are as large as their shares say."""
        return self.ratio_p >= MISMATCH

    def to_dict(self) -> dict[str, Any]:
        """The same as dicts and numbers, for JSON."""
        return {
            **asdict(self),
            "balanced": self.balanced,
            "different": self.different,
        }


def figures(shown: Counts, taken: Counts) -> GroupFigures:
    """The figures of a group of people (N,), who were shown and took so many items.

    With x what a person took and n what they were shown, both vary by person:

        rate = mean(x) / mean(n)
        error² = (var(x) - 2 rate cov(x, n) + rate² var(n)) / (N mean(n)²)
    """
    n = len(shown)
    if not n or not shown.sum():
        return GroupFigures(n, 0, 0, 0.0, float("inf"), 0.0)
    rate = taken.sum() / shown.sum()
    spread = np.var(taken - rate * shown, ddof=1) if n > 1 else np.inf
    error = sqrt(spread / n) / shown.mean()
    buyers = float((taken > 0).mean())
    return GroupFigures(n, int(shown.sum()), int(taken.sum()), rate, error, buyers)


def difference(
    groups: Mapping[str, tuple[Counts, Counts]], share: float, level: float = LEVEL
) -> Contrast:
    """Compare the groups `a` and `b`: of each, what its people were shown and took.

    share   of the people, who should be in `b`
    """
    a, b = figures(*groups["a"]), figures(*groups["b"])
    error, found = sqrt(a.error**2 + b.error**2), b.rate - a.rate
    half = float(stats.norm.ppf((1 + level) / 2)) * error
    # Nobody took anything: no difference, and nothing is known of it.
    p = float(2 * stats.norm.sf(abs(found) / error)) if error else 1.0
    return Contrast(
        *(a, b, found, found - half, found + half, level),
        lift=found / a.rate if a.rate else float("nan"),
        p=p,
        ratio_p=ratio_p(a.users, b.users, share),
    )


def ratio_p(a: int, b: int, share: float) -> float:
    """How likely groups are that are at least as far from their shares (χ², 1 degree)."""
    n = a + b
    if not n:
        return 1.0
    return float(stats.chisquare([a, b], [n * (1 - share), n * share]).pvalue)
