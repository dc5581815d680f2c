"""Counting in shards of whole users, against counting all of them at once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from basketweave.graph.derive import DeriveConfig, FollowedBy, derived
from basketweave.graph.derive.add_pairs import (
    added_numbers,
    added_pairs,
    rows,
    scores,
)
from basketweave.graph.derive.count_pairs import (
    NUMBERS,
    PAIRS,
    count_pairs,
    events_of,
)
from basketweave.graph.derive.facts import Facts, planned
from basketweave.graph.derive.newest import newest
from basketweave.graph.subgraph import Edges, Subgraph
from basketweave.moments import DAY
from tests.graphs import events_graph

CONFIG = DeriveConfig(
    followed_by=FollowedBy(max_pairs=60),
    followed_by_baskets={"min_users": 2},
    newest_events=9,
)


def shops(seed: int, *, times: int) -> Subgraph:
    """Some 90 events of 12 users with 8 items; few `times` make large baskets."""
    rng = np.random.default_rng(seed)
    user = rng.integers(0, 12, 90) ** 2 // 12
    rows = np.stack([user, rng.integers(0, 8, 90), rng.integers(0, times, 90)], axis=1)
    return events_graph(rows, 12, 8)


def shops_viewed(seed: int, *, times: int) -> Subgraph:
    """The same, with views of the items, which count less."""
    graph, views = shops(seed, times=times), shops(seed + 1, times=times)
    return replace(graph, events={**graph.events, "VIEWED": views.events["PURCHASED"]})


def shards(graph: Subgraph, n: int) -> list[pa.Table]:
    """The events by the remainder of their user, in order of time alone."""
    e = graph.all_events()
    order = np.argsort(e.time, kind="stable")
    columns: dict[str, Any] = {"user": e.user, "item": e.item, "time": e.time}
    if e.weight is not None:
        columns["weight"] = e.weight
    table = pa.table(columns).take(order)
    mine = table["user"].to_numpy() % n
    return [table.filter(pa.array(mine == one)) for one in range(n)]


def by_pair(edges: Edges) -> dict[tuple[int, int], tuple[float, ...]]:
    values = np.stack([c.astype(float) for c in edges.columns.values()], axis=1)
    return {(i, j): tuple(v) for (i, j), v in zip(edges.index.T, values, strict=True)}


@settings(deadline=None, max_examples=25)
@given(
    seed=st.integers(0, 10_000),
    n=st.integers(1, 9),
    times=st.sampled_from([5, 2_000]),
    cut=st.integers(0, 8),
    viewed=st.booleans(),
)
def test_any_number_of_shards_gives_what_one_count_gives(
    seed: int, n: int, times: int, cut: int, viewed: bool
) -> None:
    graph = (shops_viewed if viewed else shops)(seed, times=times)
    whole, parts = derived(graph, CONFIG), shards(graph, n)
    facts = [Facts.of(events_of(part), 8, CONFIG) for part in parts]
    plan = planned(sum(facts[1:], facts[0]), CONFIG, 1.0, 0.1 if viewed else 1.0)
    counted = [count_pairs(part, plan) for part in parts]
    numbers = added_numbers(counted, 8)
    for kind, code in PAIRS.items():
        found: dict[tuple[int, int], tuple[float, ...]] = {}
        for first, end in ((0, cut), (cut, 8)):
            some = [rows(part, code, first, end) for part in counted]
            found |= by_pair(added_pairs(kind, some, numbers, plan, first, end))
        wanted = by_pair(whole.edges[kind])
        assert found.keys() == wanted.keys()
        for pair, values in wanted.items():
            assert found[pair] == pytest.approx(values, rel=1e-6)
    for name, score in scores(numbers).items():
        assert score == pytest.approx(whole.scores[name], rel=1e-6)
    assert sum(one.cut for one in facts) == whole.cut_users


def test_only_the_newest_events_of_a_robot_make_pairs() -> None:
    robot = [(0, item, item) for item in range(2_000)]
    people = [(user, item, 1) for user in (1, 2) for item in (0, 1)]
    graph = events_graph([*robot, *people], 3, 2_000, unit=DAY)
    found = derived(graph, DeriveConfig(newest_events=100))
    assert found.cut_users == 1
    assert found.edges["CO_PURCHASED"].index.T.tolist() == [[0, 1], [1, 0]]
    assert len(found.edges["FOLLOWED_BY"]) < 100 * 100
    events = graph.all_events()
    assert newest(events, 2).item.tolist() == [1_998, 1_999, 0, 1, 0, 1]
    assert newest(events, 2_000) is events


def test_the_newest_event_of_a_user_counts() -> None:
    """Two people who bought 0 and then 1, counted by hand."""
    graph = events_graph([(u, i, i) for u in (0, 1) for i in (0, 1)], 2, 2, unit=DAY)
    (part,) = shards(graph, 1)
    facts = Facts.of(events_of(part), 2, DeriveConfig())
    plan = planned(facts, DeriveConfig(), 1.0, 1.0)
    found = added_numbers([count_pairs(part, plan)], 2)
    assert found[NUMBERS.index("buyers")].tolist() == [2, 2]
