"""What events that are added change of the sums, against counting all of them anew."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from basketweave.graph.derive import DeriveConfig
from basketweave.graph.derive.add_pairs import added, added_numbers, merged, rows
from basketweave.graph.derive.count_change import aged, changing, count_change
from basketweave.graph.derive.count_pairs import NUMBERS, PAIRS, count
from basketweave.graph.derive.facts import Facts, Plan, planned
from basketweave.graph.derive.rows import Rows
from basketweave.graph.schema import CO_PURCHASED, FOLLOWED_BY
from basketweave.graph.subgraph import BoolArray, Events
from basketweave.moments import DAY
from tests.graph.derive.test_count_pairs import shops, shops_viewed

ITEMS = 8
CONFIG = DeriveConfig(
    followed_by={"max_gap": 3},
    followed_by_baskets={"min_users": 5, "max_age": 2, "recent": 1, "memory": 3},
    newest_events=9,
)


@settings(deadline=None, max_examples=40)
@given(
    seed=st.integers(0, 10_000),
    times=st.sampled_from([5, 2_000]),
    viewed=st.booleans(),
    late=st.booleans(),
)
@example(seed=5, times=5, viewed=False, late=False)  # an item is unusual
@example(seed=162, times=5, viewed=True, late=False)  # what is taken off leaves 1e-16
def test_what_events_change_is_what_counting_all_of_them_gives(
    seed: int, times: int, viewed: bool, late: bool
) -> None:
    every = (shops_viewed if viewed else shops)(seed, times=times).all_events()
    every = replace(every, time=every.time * (DAY if times == 5 else 60))
    chosen = np.random.default_rng(seed).random(len(every)) < 0.1
    new = every.time >= np.quantile(every.time, 0.9) if late else chosen
    before, after = plan(every.where(~new), viewed), plan(every, viewed)
    same = ("together", "by_user", "gaps", "least")
    if any(getattr(before, name) != getattr(after, name) for name in same):
        return  # such sums cannot be brought to the new plan
    old, wanted = count(every.where(~new), before), count(every, after)
    some = changing(every, new, before, after)
    change = count_change(every.where(some), new[some], before, after)
    for kind, factor in ((CO_PURCHASED, 1.0), (FOLLOWED_BY, aged(before, after))):
        i, j, value = sums(old, kind)
        found = merged((i, j, value * factor), sums(change, kind), ITEMS)
        alike(found, sums(wanted, kind))
    first = [NUMBERS.index(n) for n in ("seen", "out", "into")]
    numbers = added_numbers([old], ITEMS)[first]
    numbers[1:] *= aged(before, after)
    numbers += added_numbers([change], ITEMS)[first]
    assert numbers == pytest.approx(added_numbers([wanted], ITEMS)[first], abs=1e-6)


def test_a_basket_that_stood_is_not_counted_again() -> None:
    every = events([*((0, item, 1) for item in range(4)), (0, 4, 9), (1, 5, 9)])
    new: BoolArray = every.time == 9
    before, after = plan(every.where(~new)), plan(every)
    change = count_change(every, new, before, after)
    assert len(sums(count(every, after), CO_PURCHASED)[0]) == 4 * 3
    assert len(sums(change, CO_PURCHASED)[0]) == 0


def plan(events: Events, viewed: bool = False) -> Plan:
    facts = Facts.of(events, ITEMS, CONFIG)
    return planned(facts, CONFIG, 1.0, 0.1 if viewed else 1.0, exact=True)


def events(given: list[tuple[int, int, int]]) -> Events:
    user, item, time = np.array(given).T
    return Events(user, item, time, np.ones(len(user), np.float32))


def sums(counted: pa.Table, kind: str) -> Rows:
    return added([rows(counted, PAIRS[kind], 0, ITEMS)], ITEMS, 0, ITEMS)


def alike(found: Rows, wanted: Rows) -> None:
    assert np.stack(found[:2]).tolist() == np.stack(wanted[:2]).tolist()
    assert found[2] == pytest.approx(wanted[2], rel=1e-9)
