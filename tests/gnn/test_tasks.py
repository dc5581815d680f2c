"""What training asks: hand-made events, and who must predict what from what."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from basketweave.errors import TrainingError
from basketweave.gnn import LightGCNConfig
from basketweave.gnn.learned import LearnedConfig
from basketweave.gnn.tasks import Lists, at_random, in_time, tasks
from basketweave.graph.interactions import EventLog, Interactions
from basketweave.graph.schema import PURCHASED
from basketweave.graph.subgraph import Subgraph
from basketweave.moments import DAY
from basketweave.training.encoder import vocabulary
from tests.graphs import events_graph

LISTS = Lists(torch.tensor([0, 2, 2, 5]), torch.tensor([7, 8, 1, 2, 3]))


def test_all_items_of_some_rows() -> None:
    row, item = LISTS.all(torch.tensor([2, 1, 0]))
    assert row.tolist() == [0, 0, 0, 2, 2]
    assert item.tolist() == [1, 2, 3, 7, 8]


def test_drawn_items_are_the_rows_own_and_each_as_likely() -> None:
    row, item = LISTS.draw(torch.tensor([2, 0]), 3_000)
    assert row.tolist() == [0] * 3_000 + [1] * 3_000
    of_first = torch.bincount(item[:3_000], minlength=9)
    assert of_first[[1, 2, 3]].sum() == 3_000
    assert (of_first[[1, 2, 3]] - 1_000).abs().max() < 150  # five deviations
    assert set(item[3_000:].tolist()) == {7, 8}


@dataclass(frozen=True)
class Bought:
    """Events (user, item, day) as a log of 3 users and 4 items."""

    rows: list[tuple[int, int, int]]

    @property
    def log(self) -> EventLog:
        return EventLog.of(self.subgraph, PURCHASED)

    @property
    def subgraph(self) -> Subgraph:
        return events_graph(self.rows, list("abc"), list("wxyz"))


# Days 0 to 40; with a horizon of 10 the cuts are at days 30, 25, 20, 15, 10.
LONG = Bought([(0, 0, 0), (0, 1, 5), (1, 1, 12), (0, 0, 26), (1, 2, 33), (2, 3, 40)])


def shown(pairs: Interactions) -> list[tuple[int, int, int]]:
    return list(
        zip(pairs.user.tolist(), pairs.item.tolist(), pairs.count.tolist(), strict=True)
    )


def test_pairs_are_counted_within_their_window() -> None:
    found = LONG.log.pairs(until=26 * DAY)
    assert shown(found) == [(0, 0, 2), (0, 1, 1), (1, 1, 1)]
    assert (found.last / DAY).tolist() == [26, 5, 12]
    assert found.now == 26 * DAY
    np.testing.assert_allclose(found.fresh(7), 0.5 ** np.array([0, 3, 2]), rtol=1e-6)
    assert shown(LONG.log.pairs(until=30 * DAY, after=25 * DAY)) == [(0, 0, 1)]
    # what is known until a second is not asked after it
    assert len(LONG.log.pairs(until=30 * DAY, after=26 * DAY)) == 0
    assert len(LONG.log.pairs(until=-1)) == 0


def test_what_follows_a_past_time_is_asked_from_what_was_known_then() -> None:
    config = LearnedConfig(name="x", horizon=10, cuts=2)
    (late, after_late), (early, after_early) = in_time(config, LONG.log)
    assert shown(late) == [(0, 0, 2), (0, 1, 1), (1, 1, 1)]
    assert shown(after_late) == [(1, 2, 1), (2, 3, 1)]
    assert shown(early) == [(0, 0, 1), (0, 1, 1), (1, 1, 1)]
    assert shown(after_early) == [(0, 0, 1), (1, 2, 1)]


def test_as_much_time_as_is_predicted_must_lie_before() -> None:
    assert len(in_time(LearnedConfig(name="x", horizon=10, cuts=99), LONG.log)) == 5
    assert in_time(LearnedConfig(name="x", horizon=30), LONG.log) == []
    assert in_time(LearnedConfig(name="x", horizon=None), LONG.log) == []


def test_only_items_new_to_the_user_are_wanted_where_asked_so() -> None:
    config = LightGCNConfig(horizon=10, cuts=2, target="new", dim=4)
    _, early = tasks(config.restore(vocabulary(LONG.subgraph)), LONG.subgraph)
    assert early.users.tolist() == [1]
    assert early.wanted.items.tolist() == [2]
    assert early.had.items.tolist() == [1]
    anything = config.model_copy(update={"target": "any"})
    _, early = tasks(anything.restore(vocabulary(LONG.subgraph)), LONG.subgraph)
    assert early.users.tolist() == [0, 1]
    assert early.wanted.items.tolist() == [0, 2]
    assert early.had.items.tolist() == []


def test_only_the_head_is_predicted_and_drawn_where_asked_so() -> None:
    # Known at day 25: w by a on day 0, x by a on day 5 and by b on day 12.
    # Of what follows day 30, nothing was known.
    config = LightGCNConfig(horizon=10, cuts=2, head=2, dim=4)
    (early,) = tasks(config.restore(vocabulary(LONG.subgraph)), LONG.subgraph)
    assert early.wanted.items.tolist() == [0]
    assert (early.q > 0).tolist() == [True, True, False, False]


def test_nothing_left_to_predict_is_told() -> None:
    again = Bought([(0, 0, 0), (0, 0, 10), (0, 0, 20)])
    config = LightGCNConfig(horizon=10, target="new", dim=4)
    with pytest.raises(TrainingError, match="target='any'"):
        tasks(config.restore(vocabulary(again.subgraph)), again.subgraph)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 999), share=st.sampled_from([0.1, 0.2, 0.5]))
def test_random_shares_do_not_overlap_and_leave_the_rest_known(
    seed: int, share: float
) -> None:
    torch.manual_seed(seed)
    rows = [(u, i, 0) for u in range(3) for i in range(4)]
    config = LearnedConfig(name="x", held_out=share, cuts=4)
    parts = at_random(config, Bought(rows).log)
    asked = [key for _, wanted in parts for key in wanted.key.tolist()]
    assert len(asked) == len(set(asked))
    for known, wanted in parts:
        assert sorted([*known.key, *wanted.key]) == list(range(12))


def test_without_held_out_shares_the_whole_graph_predicts_itself() -> None:
    (known, wanted), *rest = at_random(LearnedConfig(name="x", held_out=0), LONG.log)
    assert known is wanted
    assert not rest
