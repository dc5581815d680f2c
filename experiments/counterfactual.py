"""What people would have taken of another blend's lists, from what they were shown.

Where `explore` drew some of the places, each item had a known probability to come into an
answer. An item that another blend would list too counts with one over that probability, so
that the log stands for what the other blend would have shown:

    w = [the other list has the item] / propensity
    rate = Σ w taken / Σ w                              self-normalised
    effective sample = (Σ w)² / Σ w²
    support = Σ w / places                              expected to be 1

That the place within an answer does not matter is an assumption. Sources: Horvitz &
Thompson (1952); Li et al. (2018), Offline evaluation of ranking policies with click models
(the document-based one); Swaminathan & Joachims (2015), The self-normalized estimator for
counterfactual learning; Kish (1965), Survey sampling, for the effective sample.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from math import sqrt
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy import stats

from basketweave.errors import DataError
from basketweave.experiments.difference import LEVEL, Counts, figures

LEAST_SUPPORT = 0.95
"""Where less than this share of the other lists' places could be shown, the estimate leans
towards what was: on the Complete Journey at .90 by half of what 99 % of chance allow."""
ONE_SIDED = 1.64
"""So many errors below `LEAST_SUPPORT` is no chance (95 %)."""
LEAST_SAMPLE = 100
"""Below this effective number of people an estimate is an anecdote."""


@dataclass(frozen=True)
class Counterfactual:
    """What the log says of another blend.

    answers, users      of the log
    logged              taken of shown, as it was
    rate                the same of the other blend, estimated
    difference          rate less logged, and (low, high) its interval at `level`, by person
    ips                 the estimate that is not normalised: unbiased, and less steady
    support             share of the other lists' places that the log could have shown
    effective_sample    so many people, each with equal weight, would say as much
    """

    answers: int
    users: int
    logged: float
    rate: float
    difference: float
    low: float
    high: float
    level: float
    ips: float
    support: float
    effective_sample: float

    def to_dict(self) -> dict[str, Any]:
        """The same as a dict of numbers, for JSON."""
        return asdict(self)

    def sentence(self) -> str:
        """What follows from it, in words."""
        interval = f"{self.low:+.4f} … {self.high:+.4f}, {self.level:.0%}"
        if self.low <= 0 <= self.high:
            return f"No difference can be told from the log: it lies in {interval}."
        more = "more" if self.difference > 0 else "less"
        return (
            f"It would have been taken {more} often: {self.rate:.4f} of what is shown in "
            f"place of {self.logged:.4f} (difference {interval})."
        )


def counterfactual(
    log: pl.DataFrame, lists: Mapping[str, Collection[str]], *, level: float = LEVEL
) -> Counterfactual:
    """Estimate what another blend's lists would have been taken of.

    log     answer, user, item, propensity, taken (0 or 1): a row for each place
    lists   answer -> the items that the other blend would have listed in its place

    Raises `DataError` where the log is not random enough: where nothing was explored,
    where it could never have shown much of what the other blend lists, or where too few
    answers say anything of it.
    """
    propensity = log["propensity"].to_numpy()
    if not len(log) or not (propensity < 1).any():
        raise DataError(
            "Nothing was explored in these answers: each showed what its blend ranked "
            "first, so they say nothing of another one. Serve with explore=0.1 for some "
            "time, record what is shown, and ask again. An experiment needs no log."
        )
    pairs = zip(log["answer"], log["item"], strict=True)
    listed = np.array([item in lists.get(answer, ()) for answer, item in pairs])
    weight = np.where(listed, 1 / propensity, 0.0)
    people = (
        log.select("user", "taken")
        .with_columns(w=weight, x=weight * log["taken"].to_numpy(), n=1.0)
        .group_by("user", maintain_order=True)
        .agg(pl.col("w", "x", "n").sum(), pl.col("taken").sum().cast(pl.Float64))
    )
    w, x, n, c = (people[name].to_numpy() for name in ("w", "x", "n", "taken"))
    support, sample = float(w.sum() / n.sum()), _effective(w)
    _refuse(support, support + ONE_SIDED * figures(n, w).error, sample)
    rate, logged = x.sum() / w.sum(), c.sum() / n.sum()
    error = _error(x - rate * w, w, c - logged * n, n)
    half = float(stats.norm.ppf((1 + level) / 2)) * error
    found = float(rate - logged)
    return Counterfactual(
        *(log["answer"].n_unique(), len(people), float(logged), float(rate)),
        *(found, found - half, found + half, level),
        ips=float(x.sum() / n.sum()),
        support=support,
        effective_sample=sample,
    )


def _effective(w: npt.NDArray[np.float64]) -> float:
    return float(w.sum() ** 2 / (w**2).sum()) if w.any() else 0.0


def _error(x: Counts, w: Counts, c: Counts, n: Counts) -> float:
    """The standard error of the difference of two ratios over the same people, from what
    each person adds to either one (the delta method)."""
    if len(w) < 2:
        return float("inf")
    each = x / w.mean() - c / n.mean()
    return sqrt(float(np.var(each, ddof=1)) / len(each))


def _refuse(support: float, at_most: float, sample: float) -> None:
    if sample < LEAST_SAMPLE:
        raise DataError(
            f"What this blend lists was shown too seldom: the log says as much of it as "
            f"{sample:.0f} people would, and {LEAST_SAMPLE} are needed. Record more, "
            "explore more, or run an experiment."
        )
    if at_most < LEAST_SUPPORT:
        raise DataError(
            f"The log could have shown only {support:.0%} of what this blend lists, so "
            "what people would have taken of the rest cannot be told. Explore more, "
            "compare with a blend that is nearer, or run an experiment."
        )
