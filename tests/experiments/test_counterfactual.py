"""Logs of explored answers tell what another list would have been taken of."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from basketweave.blend.explore import explored
from basketweave.errors import DataError
from basketweave.experiments.counterfactual import Counterfactual, counterfactual

ITEMS, K = 40, 5
LIKED = np.linspace(0.02, 0.5, ITEMS)  # the log's blend ranks what is liked least first


def _log(users: int, share: float, seed: int = 0) -> pl.DataFrame:
    """Two answers a person, from the ranking 0, 1, 2 …; items are taken as liked."""
    rng, rows = np.random.default_rng(seed), []
    popularity = np.ones(ITEMS, np.float32)
    for answer in range(2 * users):
        for place in explored(popularity, 0, K, share, f"{seed} {answer}"):
            taken = int(rng.random() < LIKED[place.row])
            rows.append(
                (
                    f"a{answer}",
                    f"u{answer // 2}",
                    str(place.row),
                    place.propensity,
                    taken,
                )
            )
    names = ["answer", "user", "item", "propensity", "taken"]
    return pl.DataFrame(rows, schema=names, orient="row")


def _asked(log: pl.DataFrame, items: range) -> Counterfactual:
    listed = frozenset(str(item) for item in items)
    return counterfactual(log, dict.fromkeys(log["answer"].unique(), listed))


@pytest.fixture(scope="module")
def log() -> pl.DataFrame:
    return _log(3_000, 0.3)


@pytest.mark.parametrize("first", [0, 3, 20])
def test_the_true_rate_lies_in_the_interval(log: pl.DataFrame, first: int) -> None:
    items = range(first, first + K)
    found = _asked(log, items)
    truth = LIKED[list(items)].mean()
    assert found.rate == pytest.approx(truth, abs=0.03)
    assert found.low <= truth - found.logged <= found.high
    assert found.ips == pytest.approx(found.rate * found.support)
    assert found.support == pytest.approx(1, abs=0.1)
    assert found.effective_sample < found.users == 3_000
    assert found.answers == 6_000


def test_the_interval_holds_as_often_as_it_says() -> None:
    """20 logs at 99 %: at most 2 miss."""
    items, missed = range(10, 10 + K), 0
    truth = LIKED[list(items)].mean()
    for seed in range(20):
        log = _log(300, 0.3, seed)
        found = _asked(log, items)
        missed += not found.low <= truth - log["taken"].mean() <= found.high
    assert missed <= 2


def test_a_better_list_is_found_and_told_in_words(log: pl.DataFrame) -> None:
    found = _asked(log, range(30, 35))
    assert found.low > 0
    assert "more often" in found.sentence()
    same = _asked(log, range(2, 2 + K))
    assert "No difference" in same.sentence() or same.difference < 0


def test_a_log_that_is_not_random_is_refused() -> None:
    with pytest.raises(DataError, match="Nothing was explored"):
        _asked(_log(50, 0.0), range(K))
    with pytest.raises(DataError, match="Nothing was explored"):
        _asked(_log(0, 0.3), range(K))


def test_lists_that_the_log_could_not_show_are_refused(log: pl.DataFrame) -> None:
    with pytest.raises(DataError, match="could have shown only 60%"):
        _asked(log, range(-2, 3))


def test_a_log_that_says_too_little_is_refused() -> None:
    with pytest.raises(DataError, match="100 are needed"):
        _asked(_log(60, 0.3), range(K))
