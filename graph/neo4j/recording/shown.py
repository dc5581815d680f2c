"""What was shown, into the graph and out of it: SHOWN relationships from user to item."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import polars as pl

from basketweave.graph.impressions import (
    SHOWN_COLUMNS,
    SHOWN_PROPERTIES,
    Impression,
    cited,
    unknown_id,
)
from basketweave.graph.neo4j.connection import Database, InTransaction
from basketweave.graph.neo4j.run import frame
from basketweave.graph.recorded import Event

_FIND = """
    UNWIND $rows AS row
    OPTIONAL MATCH (user:User {id: row.user})
    OPTIONAL MATCH (item:Item {id: row.item})
    WITH row, user, item
    WHERE user IS NULL OR item IS NULL
    RETURN row.user, row.item, user IS NULL
    LIMIT 1
    """
_WRITE = """
    UNWIND $rows AS row
    MATCH (user:User {id: row.user})
    MATCH (item:Item {id: row.item})
    WHERE NOT EXISTS { (user)-[:SHOWN {answer: row.answer}]->(item) }
    CREATE (user)-[shown:SHOWN {
      answer: row.answer,
      place: row.place,
      propensity: row.propensity,
      at: row.at,
      experiment: row.experiment,
      group: row.group,
      blend: row.blend
    }]->(item)
    """
_TAKEN = """
    UNWIND $rows AS row
    MATCH (:User {id: row.user})-[shown:SHOWN {answer: row.answer}]->(:Item {id: row.item})
    WHERE shown.takenAt IS NULL OR shown.takenAt > row.time
    SET shown.takenAt = row.time
    """
_READ = f"""
    MATCH (user:User)-[shown:SHOWN]->(item:Item)
    WHERE shown.at >= $since AND ($experiment IS NULL OR shown.experiment = $experiment)
    RETURN user.id AS user, item.id AS item,
      {", ".join(f"shown.{name} AS {name}" for name in SHOWN_PROPERTIES)}
    """
_PRUNE = """
    MATCH (:User)-[shown:SHOWN]->(:Item)
    WHERE shown.at < $before
    WITH shown
    LIMIT 10000
    DELETE shown
    RETURN count(*)
    """


def write(database: Database, impressions: Sequence[Impression]) -> int:
    """Write those that the graph lacks; see `GraphStore.record_shown`."""
    rows = [one._asdict() for one in impressions]

    def work(tx: InTransaction) -> int:
        for user, item, no_user in tx(_FIND, rows=rows):
            raise unknown_id("user", user) if no_user else unknown_id("item", item)
        tx(_WRITE, rows=rows)
        return len(rows)

    return database.in_transaction(work) if rows else 0


def note_taken(tx: InTransaction, events: Iterable[Event]) -> None:
    """Say of what was shown when an event cited its answer, the first that did."""
    rows = cited(events)
    if rows:
        tx(_TAKEN, rows=rows)


def read(database: Database, since: int, experiment: str | None) -> pl.DataFrame:
    """What was shown from a second on, in order of time; see `GraphStore.shown`."""
    asked = {"since": since, "experiment": experiment}
    found = frame(*database.query(_READ, asked))
    if found.is_empty():
        return pl.DataFrame(schema=SHOWN_COLUMNS)
    return found.cast(SHOWN_COLUMNS).sort("at", "answer", "place")


def count(database: Database) -> tuple[int, int | None]:
    """How much was shown, and when the first of it."""
    match = "MATCH (:User)-[shown:SHOWN]->(:Item) RETURN count(*), min(shown.at)"
    n, first = database.read(match)[0]
    return int(n), first


def prune(database: Database, before: int) -> int:
    """Take away what was shown before a second, by and by; how much that was."""
    gone = 0
    while True:
        some = database.in_transaction(lambda tx: int(tx(_PRUNE, before=before)[0][0]))
        gone += some
        if not some:
            return gone
