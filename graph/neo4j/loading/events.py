"""Events into relationships: one a (user, item, kind), with its sorted times."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from basketweave.graph.neo4j.database import Database
from basketweave.graph.neo4j.exporting.histories import HISTORY, read_history
from basketweave.graph.neo4j.loading.nodes import known
from basketweave.graph.neo4j.writer import Writer
from basketweave.graph.schema import ITEM, USER, check_kind
from basketweave.progress import Advance

PAIR = ["u", "i"]
_PROPERTIES = """
      count: size(times), firstAt: times[0], lastAt: times[-1],
      times: times, values: values"""
# A pair of which no event has a value has no `values` at all.
_any_known = pl.col("values").list.eval(pl.element().is_not_nan()).list.any()
_CREATE = """
    UNWIND range(0, $n - 1) AS k
    MATCH (u) WHERE id(u) = $u[k]
    MATCH (i) WHERE id(i) = $i[k]
    WITH u, i, $times[k] AS times, $values[k] AS values
    CREATE (u)-[:{kind} {{{properties}}}]->(i)
    """
# Where relationships of the kind are there, a pair may have one, made by hand as well.
_PUT = """
    UNWIND range(0, $n - 1) AS k
    MATCH (u) WHERE id(u) = $u[k]
    MATCH (i) WHERE id(i) = $i[k]
    OPTIONAL MATCH (u)-[r:{kind}]->(i)
    WITH u, i, head(collect(r)) AS r, $times[k] AS times, $values[k] AS values
    FOREACH (x IN CASE WHEN r IS NULL THEN [] ELSE [r] END | SET x += {{{properties}}})
    FOREACH (x IN CASE WHEN r IS NULL THEN [1] ELSE [] END |
      CREATE (u)-[:{kind} {{{properties}}}]->(i))
    """


@dataclass(frozen=True)
class EventCounts:
    """Events that were new, those that stood already, and repeats in the source."""

    added: int = 0
    already_there: int = 0
    repeated: int = 0


def write_events(writer: Writer, events: pl.DataFrame, advance: Advance) -> EventCounts:
    """Add the events that are not there yet; the nodes must be.

    An event is known by its user, item, kind and time.
    """
    found = _with_nodes(writer.database, events)
    single = found.unique(["kind", *PAIR, "time"], keep="first", maintain_order=True)
    advance(len(events) - len(single))
    added = 0
    for (kind,), of_kind in single.group_by("kind", maintain_order=True):
        added += _write_kind(writer, check_kind(str(kind)), of_kind, advance)
    return EventCounts(added, len(single) - added, len(found) - len(single))


def _with_nodes(database: Database, events: pl.DataFrame) -> pl.DataFrame:
    users = known(database, USER, events["user"].unique())
    items = known(database, ITEM, events["item"].unique())
    return events.join(users.select(user="id", u="node"), on="user").join(
        items.select(item="id", i="node"), on="item", maintain_order="left"
    )


def _write_kind(
    writer: Writer, kind: str, events: pl.DataFrame, advance: Advance
) -> int:
    events = events.select(*HISTORY)
    there = _standing(writer.database, kind, events)
    if there is None:
        _write(writer, _CREATE, kind, events, advance)
        return len(events)
    new = events.join(there, on=[*PAIR, "time"], how="anti", maintain_order="left")
    advance(len(events) - len(new))
    all_of_pair = pl.concat([there.join(new, on=PAIR, how="semi"), new])
    per_event = len(new) / max(len(all_of_pair), 1)
    _write(writer, _PUT, kind, all_of_pair, lambda n: advance(n * per_event))
    return len(new)


def _standing(
    database: Database, kind: str, events: pl.DataFrame
) -> pl.DataFrame | None:
    """The stored events of the users that have new ones; None where the kind is new.

    An undated relationship is no event to compare with: the first date replaces it.
    """
    rows = database.read(f"MATCH ()-[r:{kind}]->() RETURN count(r)")
    if rows[0][0] == 0:
        return None
    users = np.sort(events["u"].unique().to_numpy())
    return read_history(database, kind, users=users, undated=None)


def _write(
    writer: Writer, template: str, kind: str, events: pl.DataFrame, advance: Advance
) -> None:
    """One relationship a pair, its times sorted.

    In the order of the items, which have fewer events than users: .6 of the server's
    time in the order of the users (measured, 320,000 pairs).
    """
    lists = (
        events.sort("i", "u", "time")
        .with_columns(pl.col("value").fill_null(float("nan")))
        .group_by(PAIR, maintain_order=True)
        .agg(times="time", values="value")
        .with_columns(values=pl.when(_any_known).then(pl.col("values")))
    )
    per_row = len(events) / max(len(lists), 1)
    statement = template.format(kind=kind, properties=_PROPERTIES)
    writer.columns(
        statement, lists, by="u", size="times", advance=lambda n: advance(n * per_row)
    )
