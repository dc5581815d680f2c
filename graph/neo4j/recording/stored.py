"""What the graph has of some pairs, and of some moments, within a transaction."""

from __future__ import annotations

from typing import Any

import polars as pl

from basketweave.graph.neo4j.connection import InTransaction
from basketweave.graph.neo4j.exporting.histories import HISTORY, TIMES, VALUES, listed
from basketweave.graph.schema import EVENT_KINDS, check_kind
from basketweave.graph.tables import MILLIS

STORED = {**HISTORY, "kind": pl.String}

# Without the DISTINCT, all that each user ever had is looked through (360,000 relationships
# for 1,000 pairs of the Complete Journey).
_OF_PAIRS = """
    UNWIND range(0, size($u) - 1) AS k
    MATCH (u) WHERE id(u) = $u[k]
    MATCH (i) WHERE id(i) = $i[k]
    WITH DISTINCT u, i
    MATCH (u)-[r:{kind}]->(i)
    """
# Setting and removing a property takes the lock and changes nothing: a load that writes
# to this relationship has done so, and is read here, or waits.
_LOCKED = """
    SET r.lock = true
    REMOVE r.lock
    WITH DISTINCT u, i, r
    """
_OF_MOMENTS = f"""
    UNWIND range(0, size($u) - 1) AS k
    MATCH (u) WHERE id(u) = $u[k]
    WITH u, $first[k] AS first, $last[k] AS last, $seconds[k] AS seconds
    MATCH (u)-[r:{"|".join(EVENT_KINDS)}]->(i)
    WHERE r.lastAt >= first AND r.firstAt <= last
    WITH u, i, r, seconds, r.times AS given
    WITH u, i, r, seconds, {TIMES} AS times
    WHERE any(t IN seconds WHERE t IN times)
    WITH DISTINCT u, i, r
    """
_TOLD = f"""
    WITH u, i, r, r.times AS given
    WITH u, i, r, {TIMES} AS times
    WITH u, i, r, times, r.values AS given
    RETURN
      id(u), id(i), type(r), times, {VALUES},
      {listed("millis")}, {listed("arrivals")}
    """


def of_pairs(tx: InTransaction, events: pl.DataFrame) -> pl.DataFrame:
    """All events of the pairs and kinds of these, whose relationships are locked."""
    found = []
    for (kind,), some in events.group_by("kind", maintain_order=True):
        pairs = some.select("u", "i").unique().sort("i", "u")
        match = _OF_PAIRS.format(kind=check_kind(str(kind))) + _LOCKED
        found += _read(tx, match, u=pairs["u"].to_list(), i=pairs["i"].to_list())
    return _events(found).unique([*_NUMBERS, "kind"], keep="first")


def of_moments(tx: InTransaction, events: pl.DataFrame) -> pl.DataFrame:
    """What these users have of any kind in pairs that have the second of such an event."""
    time = pl.col("time")
    given = events.group_by("u").agg(
        first=time.min(), last=time.max(), seconds=time.unique()
    )
    return _events(_read(tx, _OF_MOMENTS, **given.to_dict(as_series=False)))


_NUMBERS = ("u", "i", "time", MILLIS)


def _read(tx: InTransaction, match: str, **parameters: Any) -> list[list[Any]]:
    return tx(match + _TOLD, undated=[], **parameters)


def _events(rows: list[list[Any]]) -> pl.DataFrame:
    """One row an event of the lists that relationships hold."""
    flat = [
        (
            u,
            i,
            time,
            millis[k] if millis else 0,
            order[k] if order else 0,
            values[k],
            kind,
        )
        for u, i, kind, times, values, millis, order in rows
        for k, time in enumerate(times)
    ]
    return pl.DataFrame(flat, schema=STORED, orient="row")
