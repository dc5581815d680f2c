"""Histories that hold events which the graph's owner has taken away."""

from __future__ import annotations

import polars as pl

from basketweave.graph.neo4j.connection import Database
from basketweave.graph.neo4j.exporting.export import present_kinds
from basketweave.graph.neo4j.exporting.histories import read_history
from basketweave.graph.neo4j.loading.events import PAIR, with_nodes
from basketweave.graph.neo4j.writer import exclusive
from basketweave.graph.planned.arrival import with_arrival

_KEY = [*PAIR, "time", "millis"]


def drop_outdated(database: Database, events: pl.DataFrame) -> tuple[int, int]:
    """Take away each pair that holds an event which is not among these.

    A load of the same events then writes the rest of such a pair anew. Pairs for which
    something was recorded stay as they are: what was recorded is nowhere else.

    Returns how many events are gone, and how many the load will write once more.
    """
    wanted = with_nodes(database, with_arrival(events))
    gone = kept = 0
    with exclusive(database, "load") as writer:
        for kind in present_kinds(database):
            stored = _loaded(database, kind)
            there = wanted.filter(pl.col("kind") == kind)
            old = stored.join(there, on=_KEY, how="anti")
            pairs = old.select(PAIR).unique(maintain_order=True)
            gone += len(old)
            kept += len(stored.join(pairs, on=PAIR, how="semi")) - len(old)
            writer.columns(
                f"""
                UNWIND range(0, $n - 1) AS k
                MATCH (u)-[r:{kind}]->(i)
                WHERE id(u) = $u[k] AND id(i) = $i[k] AND r.recorded IS NULL
                DELETE r
                """,
                pairs,
            )
    return gone, kept


def _loaded(database: Database, kind: str) -> pl.DataFrame:
    """The events of this kind, but for pairs for which something was recorded."""
    rows = database.read(
        f"MATCH (u)-[r:{kind}]->(i) WHERE r.recorded IS NOT NULL RETURN id(u), id(i)"
    )
    recorded = pl.DataFrame(rows, dict.fromkeys(PAIR, pl.Int64), orient="row")
    return read_history(database, kind).join(recorded, on=PAIR, how="anti")
