"""An item shown is taken where its event comes in time."""

from __future__ import annotations

import polars as pl

from basketweave.experiments.conversions import per_user
from basketweave.graph.impressions import SHOWN_COLUMNS


def _shown(*rows: tuple[str, str, int, int | None]) -> pl.DataFrame:
    full = [
        (u, i, f"a{n}", 1, 1.0, at, "x", "a" if u < "m" else "b", None, taken)
        for n, (u, i, at, taken) in enumerate(rows)
    ]
    return pl.DataFrame(full, schema=SHOWN_COLUMNS, orient="row")


def test_by_hand() -> None:
    shown = _shown(
        ("ann", "x", 100, None),  # taken 5 later
        ("ann", "x", 102, None),  # the same item again counts once
        ("ann", "y", 100, None),  # taken before it was shown
        ("ann", "z", 100, None),  # taken too late
        ("zoe", "x", 100, 500),  # late, but the event cites the answer
        ("zoe", "y", 100, None),
    )
    events = pl.DataFrame(
        [("ann", "x", 105), ("ann", "x", 106), ("ann", "y", 99), ("ann", "z", 111)],
        schema={"user": pl.String, "item": pl.String, "time": pl.Int64},
        orient="row",
    )
    assert per_user(shown, events, 10).rows() == [
        ("ann", "a", 3, 1),
        ("zoe", "b", 2, 1),
    ]
    assert per_user(shown, events, 11).rows() == [
        ("ann", "a", 3, 2),
        ("zoe", "b", 2, 1),
    ]


def test_nobody_was_shown_anything() -> None:
    events = pl.DataFrame(
        schema={"user": pl.String, "item": pl.String, "time": pl.Int64}
    )
    assert per_user(_shown(), events, 10).is_empty()
