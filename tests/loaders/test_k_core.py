"""What everyone in a k-core has, and that no larger part is one."""

from __future__ import annotations

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from basketweave.loaders.k_core import k_core

PAIRS = st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=60)


def events_of(pairs: list[tuple[int, int]]) -> pl.DataFrame:
    frame = pl.DataFrame(pairs, schema=["user", "item"], orient="row")
    return frame.cast(pl.String).with_row_index("n")


@given(PAIRS, st.integers(1, 5))
@settings(deadline=None)
def test_everyone_in_a_k_core_has_k_events(
    pairs: list[tuple[int, int]], k: int
) -> None:
    core = k_core(events_of(pairs), k)
    for side in ("user", "item"):
        assert (core[side].value_counts()["count"] >= k).all()


@given(PAIRS, st.integers(1, 5), st.randoms())
@settings(deadline=None)
def test_no_larger_part_is_a_k_core(
    pairs: list[tuple[int, int]], k: int, random: object
) -> None:
    """Peeling one node at a time, in another order, ends at the same events."""
    left = list(enumerate(pairs))
    while True:
        few = [
            (side, node)
            for side in (0, 1)
            for node in {pair[side] for _, pair in left}
            if sum(pair[side] == node for _, pair in left) < k
        ]
        if not few:
            break
        side, node = few[-1]
        left = [(n, pair) for n, pair in left if pair[side] != node]
    assert k_core(events_of(pairs), k)["n"].to_list() == [n for n, _ in left]
