"""Places of ids by their hashes."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from basketweave.graph.places import Places

IDS = pl.Series("id", ["b", "a", "", "a" * 1_000, "é"])


def test_places_begin_where_they_are_told_to() -> None:
    named = IDS.gather([4, 0, 0, 3])
    assert Places.of(IDS, 10).at(named).to_list() == [14, 10, 10, 13]


def test_two_ids_of_one_hash_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    near = Places._near
    monkeypatch.setattr(Places, "_near", lambda one, named: near(one, named) * 0)
    assert Places.of(IDS, 1).at(IDS).to_list() == [1, 2, 3, 4, 5]


@given(st.sets(st.text(max_size=2)), st.lists(st.text(max_size=2) | st.none()))
def test_an_id_that_is_not_there_has_no_place(
    ids: set[str], named: list[str | None]
) -> None:
    order = sorted(ids)
    found = Places.of(pl.Series(order, dtype=pl.String)).at(
        pl.Series(named, dtype=pl.String)
    )
    assert found.to_list() == [order.index(n) if n in ids else None for n in named]
