"""Ranking among a sample, as some printed protocols do."""

from __future__ import annotations

import numpy as np

from basketweave.evaluation import Split, leave_one_out
from basketweave.graph.subgraph import FloatArray, IntArray
from basketweave.recipes.sampled import among
from tests.graphs import events_graph, histories


class Fixed:
    """The same scores for everyone."""

    def __init__(self, *scores: float) -> None:
        self.scores = np.array(scores, np.float32)

    def score(self, users: IntArray) -> FloatArray:
        return np.tile(self.scores, (len(users), 1))


def _last_items() -> Split:
    """Six users who had items 0 and 1, then 2 or 3."""
    rows = histories([0, 1, 2 + (n > 3)] for n in range(6))
    return leave_one_out(events_graph(rows, 6, 4, unit=1))


def test_a_sample_has_what_is_wanted_and_nothing_that_was_had() -> None:
    split = _last_items().under("new")
    models = among({"one": Fixed(9, 8, 7, 6), "other": Fixed(6, 7, 8, 9)}, split, 1)
    ranked = np.isfinite(models["one"].score(split.users))
    assert not ranked[:, :2].any()  # both were had
    assert ranked[:, 2:].all()  # the wanted one, and the only one left to draw
    assert (ranked == np.isfinite(models["other"].score(split.users))).all()
