"""What was shown, into the store's file and out of it.

(:User)-[:SHOWN {answer, place, propensity, at, experiment, group, blend, takenAt}]->(:Item)
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import polars as pl

from basketweave.graph.embedded import schema
from basketweave.graph.embedded.connection import Session
from basketweave.graph.embedded.recording import stored
from basketweave.graph.impressions import (
    SHOWN_COLUMNS,
    SHOWN_PROPERTIES,
    Impression,
    cited,
)
from basketweave.graph.recorded import Event
from basketweave.graph.schema import ITEM, SHOWN, USER

_ENDS = f"(user:{USER})-[shown:{SHOWN}]->(item:{ITEM})"


def there(session: Session) -> bool:
    """Whether the file has the table."""
    return SHOWN in schema.names(session)


def write(session: Session, impressions: Sequence[Impression]) -> int:
    """Write those that the file lacks, of users and items that it has; how many."""
    if not impressions:
        return 0
    schema.create_shown(session)
    types = {n: t for n, t in SHOWN_COLUMNS.items() if n != "takenAt"}
    rows = pl.DataFrame(impressions, schema=types, orient="row").unique(
        ["answer", "user", "item"], keep="first", maintain_order=True
    )
    written = session.frame(
        f"UNWIND $users AS id MATCH (user:{USER} {{id: id}})-[shown:{SHOWN}]->(item) "
        "RETURN user.id AS user, item.id AS item, shown.answer AS answer",
        {"users": rows["user"].unique().to_list()},
    ).cast(pl.String)
    new = rows.join(
        written, on=["answer", "user", "item"], how="anti", maintain_order="left"
    )
    for label, end in ((USER, "user"), (ITEM, "item")):
        have = stored.there(session, label, new[end].unique().to_list())
        new = new.filter(pl.col(end).is_in(have))
    if len(new):
        full = new.with_columns(takenAt=pl.lit(None, pl.Int64))
        session.copy(SHOWN, full.select("user", "item", *SHOWN_PROPERTIES))
    return len(new)


def note_taken(session: Session, events: Iterable[Event]) -> None:
    """Say of what was shown when an event cited its answer, the first that did."""
    rows = cited(events)
    if rows and there(session):
        session.do(
            "UNWIND $rows AS row "
            f"MATCH (user:{USER} {{id: row.user}})-[shown:{SHOWN}]->"
            f"(item:{ITEM} {{id: row.item}}) "
            "WHERE shown.answer = row.answer AND "
            "(shown.takenAt IS NULL OR shown.takenAt > row.time) "
            "SET shown.takenAt = row.time",
            {"rows": rows},
        )


def read(session: Session, since: int, experiment: str | None) -> pl.DataFrame:
    """What was shown from a second on, in order of time; see `GraphStore.shown`."""
    if not there(session):
        return pl.DataFrame(schema=SHOWN_COLUMNS)
    own = ", ".join(f"shown.`{name}` AS `{name}`" for name in SHOWN_PROPERTIES)
    wanted = "" if experiment is None else "AND shown.experiment = $experiment "
    asked = {"since": since} | (
        {} if experiment is None else {"experiment": experiment}
    )
    found = session.frame(
        f"MATCH {_ENDS} WHERE shown.at >= $since {wanted}"
        f"RETURN user.id AS user, item.id AS item, {own}",
        asked,
    )
    return found.cast(SHOWN_COLUMNS).sort("at", "answer", "place")


def count(session: Session) -> tuple[int, int | None]:
    """How much was shown, and when the first of it."""
    if not there(session):
        return 0, None
    match = f"MATCH (:{USER})-[shown:{SHOWN}]->(:{ITEM})"
    n, first = session.rows(f"{match} RETURN count(*), min(shown.at)")[0]
    return int(n), first


def prune(session: Session, before: int) -> int:
    """Take away what was shown before a second; how much that was."""
    match = f"MATCH (:{USER})-[shown:{SHOWN}]->(:{ITEM}) WHERE shown.at < $before"
    return session.delete(match, "shown", {"before": before}) if there(session) else 0


def forget(session: Session, label: str, ids: Sequence[str]) -> int:
    """Take away what was shown to some users, or of some items; how much that was."""
    end = "user" if label == USER else "item"
    match = f"MATCH {_ENDS} WHERE {end}.id IN $ids"
    return session.delete(match, "shown", {"ids": list(ids)}) if there(session) else 0
