"""Everyone's lists as RECOMMENDED relationships, as a nightly job writes them."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import polars as pl

from basketweave.errors import NotReadyError
from basketweave.graph.neo4j.connection import Database, InTransaction
from basketweave.graph.neo4j.dataset import OURS
from basketweave.graph.neo4j.writer import BATCH, exclusive
from basketweave.graph.store import Misfit
from basketweave.progress import Progress

_WRITTEN = "entry.model IS NOT NULL AND entry.at IS NOT NULL"
"""Those that this package wrote: others may have such relationships too."""
_BEGIN = f"""
    {OURS}
    SET d.recommendedAt = CASE
      WHEN d.recommendedAt >= $now THEN d.recommendedAt + 1 ELSE $now END
    RETURN d.recommendedAt
    """
_TAKE = f"""
    UNWIND $users AS one
    MATCH (:User {{id: one}})-[entry:RECOMMENDED]->()
    WHERE {_WRITTEN}
    DELETE entry
    """
_GIVE = """
    UNWIND range(0, size($users) - 1) AS k
    MATCH (user:User {id: $users[k]})
    UNWIND range(0, size($items[k]) - 1) AS place
    MATCH (item:Item {id: $items[k][place]})
    CREATE (user)-[:RECOMMENDED {
      rank: place + 1, score: $scores[k][place], model: $model, at: $at
    }]->(item)
    RETURN count(*)
    """
_OTHERS = f"""
    MATCH (user:User)
    WHERE EXISTS {{ (user)-[entry:RECOMMENDED]->() WHERE {_WRITTEN} AND entry.at <> $at }}
    CALL (user) {{
      MATCH (user)-[entry:RECOMMENDED]->()
      WHERE {_WRITTEN} AND entry.at <> $at
      DELETE entry
      RETURN count(*) AS gone
    }} IN TRANSACTIONS OF 500 ROWS
    RETURN coalesce(sum(gone), 0)
    """
_COUNT = f"""
    MATCH (:User)-[entry:RECOMMENDED]->()
    WHERE {_WRITTEN}
    RETURN entry.at AS at, entry.model AS model, count(*) AS n
    ORDER BY at DESC
    """
_NEVER = -1


def write(
    database: Database, lists: Sequence[pl.LazyFrame], model: str, progress: Progress
) -> int:
    """Make these everyone's lists; see `Neo4jStore.write_recommended`.

    A transaction takes whole lists, old and new. People who have none any more lose
    theirs at the end.
    """
    total = sum(int(one.select(pl.len()).collect().item()) for one in lists)
    with (
        exclusive(database, "recommended"),
        progress.task("Writing RECOMMENDED", max(total, 1)) as advance,
    ):
        begun = database.write(_BEGIN, now=int(time.time()))
        if not begun:
            raise NotReadyError("The graph is empty. Load some data: basketweave load")
        told = {"model": model, "at": begun[0][0]}
        written = 0
        for some in lists:
            for batch in _batches(some.collect()):
                written += database.in_transaction(partial(_put, batch | told))
                advance(sum(map(len, batch["items"])))
        database.run_alone(_OTHERS, at=told["at"])
    return written


def _put(given: Mapping[str, Any], tx: InTransaction) -> int:
    tx(_TAKE, users=given["users"])
    return int(tx(_GIVE, **given)[0][0])


def remove(database: Database) -> int:
    """Take away all lists that were written, list by list; how many relationships."""
    with exclusive(database, "recommended"):
        return int(database.run_alone(_OTHERS, at=_NEVER)[0][0])


def misfits(database: Database) -> Iterator[Misfit]:
    """Lists that are there, and those that a job which was broken off left as they were."""
    found = database.read(_COUNT)
    if not found:
        return
    n = sum(count for *_, count in found)
    (_, model, _), *others = found
    yield Misfit(
        f"{n:,} RECOMMENDED relationships are kept, the newest from {model}.",
        "Anew: basketweave recommend-all --write; gone: basketweave recommend-all --remove",
        level="note",
    )
    if old := sum(count for *_, count in others):
        yield Misfit(
            f"{old:,} RECOMMENDED relationships are older than the others: a job was "
            "broken off.",
            "Where none is under way, do it again: basketweave recommend-all --write",
        )


def _batches(lists: pl.DataFrame) -> Iterator[dict[str, list[Any]]]:
    """Some people, and for each the items and scores of the list, best first."""
    each = (
        lists.sort("rank")
        .group_by(pl.col("user").cast(pl.String), maintain_order=True)
        .agg(
            pl.col("item").cast(pl.String).alias("items"),
            pl.col("score").cast(pl.Float64).alias("scores"),
            pl.len().alias("n"),
        )
    )
    batch = (pl.col("n").cum_sum() - pl.col("n")) // BATCH
    parts = each.with_columns(batch=batch).partition_by("batch", maintain_order=True)
    for some in parts:
        columns = some.select(users="user", items="items", scores="scores")
        yield columns.to_dict(as_series=False)
