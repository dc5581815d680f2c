"""The metrics: by hand, against random orders, and against ranx."""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import pairwise, permutations

import numpy as np
import numpy.typing as npt
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from ranx import Qrels, Run
from ranx import evaluate as ranx_evaluate

from basketweave.errors import DataError
from basketweave.evaluation.metrics import METRICS
from basketweave.evaluation.ranking import highest, tied_ranks

INF = np.inf
Row = npt.NDArray[np.int8]


def figures(
    scores: list[list[float]], relevant: list[list[int]], k: int
) -> dict[str, list[float]]:
    """Each metric's value (B,) for scores and 0/1 relevance written out."""
    block = np.array(scores, np.float32)
    ranks = tied_ranks(block, sp.csr_array(np.array(relevant)), highest(block, k))
    return {name: metric(ranks, k).tolist() for name, metric in METRICS.items()}


def ordered(relevance: list[int], k: int) -> dict[str, float]:
    """The textbook metrics of one ranking without ties (best first)."""
    first = next((n for n, hit in enumerate(relevance[:k]) if hit), None)
    hits, total = sum(relevance[:k]), sum(relevance)
    gain = [1 / math.log2(n + 2) for n in range(k)]
    dcg = sum(g for g, hit in zip(gain, relevance, strict=False) if hit)
    precisions = [
        sum(relevance[: n + 1]) / (n + 1) for n, hit in enumerate(relevance[:k]) if hit
    ]
    return {
        "HR": float(hits > 0),
        "Recall": hits / total,
        "Precision": hits / k,
        "NDCG": dcg / sum(gain[:total]),
        "MRR": 0.0 if first is None else 1 / (first + 1),
        "MAP": sum(precisions) / total,
    }


def test_a_ranking_without_ties_has_the_textbook_figures() -> None:
    found = figures([[0.1, 0.9, 0.8, 0.4]], [[0, 0, 1, 1]], k=3)
    dcg = 1 / math.log2(3) + 1 / math.log2(4)
    assert found["HR"] == [1]
    assert found["Recall"] == [1]
    assert found["Precision"] == pytest.approx([2 / 3])
    assert found["NDCG"] == pytest.approx([dcg / (1 + 1 / math.log2(3))])
    assert found["MRR"] == pytest.approx([1 / 2])
    assert found["MAP"] == pytest.approx([(1 / 2 + 2 / 3) / 2])


def test_a_relevant_item_among_four_tied_ones_is_half_a_hit_at_two() -> None:
    found = figures([[1, 1, 1, 1, 0]], [[0, 1, 0, 0, 0]], k=2)
    assert found["HR"] == found["Recall"] == [0.5]
    assert found["Precision"] == [0.25]
    assert found["NDCG"] == pytest.approx([(1 + 1 / math.log2(3)) / 4])
    assert found["MRR"] == found["MAP"] == pytest.approx([(1 + 1 / 2) / 4])


def test_two_relevant_items_among_three_tied_ones_cannot_both_miss_two_places() -> None:
    found = figures([[1, 1, 1]], [[1, 1, 0]], k=2)
    assert found["HR"] == [1]
    assert found["Recall"] == pytest.approx([2 / 3])
    # Orders RRN, RNR, NRR are equally likely: precision sums 2, 1 and 1/2.
    assert found["MAP"] == pytest.approx([(2 + 1 + 1 / 2) / 3 / 2])
    assert found["MRR"] == pytest.approx([(1 + 1 + 1 / 2) / 3])


def test_items_that_are_not_offered_are_never_found() -> None:
    found = figures([[-INF, 1, -INF]], [[1, 0, 0]], k=3)
    assert all(values == [0] for values in found.values())


def test_a_k_beyond_the_catalogue_counts_the_whole_ranking() -> None:
    found = figures([[3, 2, 1]], [[0, 0, 1]], k=50)
    assert found["Recall"] == [1]
    assert found["Precision"] == pytest.approx([1 / 50])
    assert found["MRR"] == pytest.approx([1 / 3])


def test_each_row_is_measured_alone() -> None:
    both = figures([[3, 2, 1], [1, 1, 1]], [[0, 1, 0], [1, 1, 0]], k=2)
    one = figures([[3, 2, 1]], [[0, 1, 0]], k=2)
    two = figures([[1, 1, 1]], [[1, 1, 0]], k=2)
    assert both == {name: one[name] + two[name] for name in METRICS}


def test_a_score_that_is_not_a_number_is_refused() -> None:
    with pytest.raises(DataError, match="not a number"):
        figures([[1, math.nan, 2]], [[1, 0, 0]], k=1)


small = arrays(np.int8, 6, elements=st.integers(0, 3))
relevance = arrays(np.int8, 6, elements=st.integers(0, 1)).filter(lambda r: r.any())


@settings(deadline=None, max_examples=60)
@given(small, relevance, st.integers(1, 7))
def test_the_expectation_is_the_mean_over_all_orders_of_the_ties(
    scores: Row, relevant: Row, k: int
) -> None:
    rankings = [
        [int(relevant[i]) for i in order]
        for order in permutations(range(6))
        if all(scores[a] >= scores[b] for a, b in pairwise(order))
    ]
    each = [ordered(ranking, k) for ranking in rankings]
    found = figures([scores.tolist()], [relevant.tolist()], k)
    for name in METRICS:
        mean = sum(figure[name] for figure in each) / len(each)
        assert found[name][0] == pytest.approx(mean, abs=1e-6), name


@settings(deadline=None)
@given(small, relevance, st.permutations(range(6)), st.integers(1, 7))
def test_the_order_in_which_items_are_listed_changes_nothing(
    scores: Row, relevant: Row, order: list[int], k: int
) -> None:
    one = figures([scores.tolist()], [relevant.tolist()], k)
    other = figures([scores[order].tolist()], [relevant[order].tolist()], k)
    assert {n: pytest.approx(v) for n, v in one.items()} == other


@settings(deadline=None)
@given(small, relevance, st.integers(1, 6))
def test_every_metric_lies_between_none_and_all_and_grows_with_k(
    scores: Row, relevant: Row, k: int
) -> None:
    one = figures([scores.tolist()], [relevant.tolist()], k)
    more = figures([scores.tolist()], [relevant.tolist()], k + 1)
    assert all(-1e-6 <= values[0] <= 1 + 1e-6 for values in one.values())
    for name in ("HR", "Recall", "MRR", "MAP"):
        assert more[name][0] >= one[name][0] - 1e-6


def test_ranx_gives_the_same_figures_where_nothing_ties() -> None:
    rng = np.random.default_rng(7)
    scores = rng.permuted(np.tile(np.arange(300.0), (40, 1)), axis=1)
    relevant = (rng.random((40, 300)) < 0.03).astype(int)
    relevant[np.arange(40), rng.integers(0, 300, 40)] = 1
    theirs = ranx_figures(scores, relevant, ks=(1, 5, 10))
    for k in (1, 5, 10):
        ours = figures(scores.tolist(), relevant.tolist(), k)
        for name, values in ours.items():
            expected = theirs[f"{RANX.get(name, name.lower())}@{k}"]
            assert np.mean(values) == pytest.approx(expected, abs=1e-6)


RANX = {"HR": "hit_rate"}


def ranx_figures(
    scores: npt.NDArray[np.float64], relevant: npt.NDArray[np.int64], ks: Iterable[int]
) -> dict[str, float]:
    qrels = {str(u): dict.fromkeys(named(r > 0), 1) for u, r in enumerate(relevant)}
    run = {
        str(u): {str(i): float(s) for i, s in enumerate(row)}
        for u, row in enumerate(scores)
    }
    names = [f"{RANX.get(name, name.lower())}@{k}" for name in METRICS for k in ks]
    found: dict[str, float] = ranx_evaluate(Qrels(qrels), Run(run), names)
    return found


def named(mask: npt.NDArray[np.bool_]) -> list[str]:
    return [str(i) for i in np.flatnonzero(mask)]
