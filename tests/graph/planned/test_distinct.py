"""Frames told apart by hashes must give what comparing them row by row gives."""

from __future__ import annotations

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from basketweave.graph.planned.distinct import first_of_each, same_rows

few = st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 2), st.floats(0, 1)))


def _frame(rows: list[tuple[str, int, float]]) -> pl.DataFrame:
    schema = {"name": pl.String, "time": pl.Int64, "value": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row")


@given(few)
def test_the_first_of_each_key_stays_in_order(
    rows: list[tuple[str, int, float]],
) -> None:
    frame = _frame(rows)
    wanted = frame.unique(["name", "time"], keep="first", maintain_order=True)
    assert first_of_each(frame, ["name", "time"]).equals(wanted)


@given(few, few)
def test_the_same_rows_are_the_same_in_any_order(
    left: list[tuple[str, int, float]], right: list[tuple[str, int, float]]
) -> None:
    assert same_rows(_frame(left), _frame(right)) == (sorted(left) == sorted(right))
    assert same_rows(_frame(left), _frame(left[::-1]))
