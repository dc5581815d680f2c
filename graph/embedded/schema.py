"""The tables of the embedded store, and the statements that make them.

An event is a relationship of its own here, (:User)-[:PURCHASED {at, value}]->(:Item),
where Neo4j keeps one relationship a pair with lists of times: a list column costs the
column store three times the load (4.7 s against 1.5 s for the 1.47 M events of the
Complete Journey), and rows need no grouping. The vectors of a published version are a
table of their own: a first SET on existing nodes takes 39-107 s for 92,000 items,
COPY into a fresh table 2 s.
"""

from __future__ import annotations

import polars as pl

from basketweave.graph.embedded.connection import Session
from basketweave.graph.impressions import SHOWN_COLUMNS, SHOWN_PROPERTIES
from basketweave.graph.planned import item_edges
from basketweave.graph.schema import (
    BRAND,
    CATEGORY,
    DATASET,
    EVENT_KINDS,
    ITEM,
    MODEL,
    RELATIONS,
    SHOWN,
    USER,
)

NODES = {
    USER: "id STRING PRIMARY KEY",
    ITEM: "id STRING PRIMARY KEY, title STRING, popularity DOUBLE",
    CATEGORY: "id STRING PRIMARY KEY, name STRING",
    BRAND: "id STRING PRIMARY KEY",
    DATASET: (
        "id STRING PRIMARY KEY, name STRING, schemaVersion INT64, userIds STRING, "
        "itemIds STRING, firstAt INT64, lastAt INT64, derived BOOL, "
        "derivedAsOf INT64, changes INT64, notes STRING"
    ),
    MODEL: (
        "key STRING PRIMARY KEY, name STRING, version INT64, kind STRING, "
        "part STRING, status STRING, dim INT64, trainedAt STRING, asOf INT64, "
        "seed INT64, recipe STRING, metrics STRING, libraries STRING, weights STRING, "
        "servedSince STRING, learnedWith STRING[], stale BOOL"
    ),
}

ENDS = {**dict.fromkeys(EVENT_KINDS, (USER, ITEM)), **RELATIONS}

EVENT_ID = "EventId"
"""The table of callers' own ids of recorded events, made by the first of them."""

EVENT = {"at": "INT64", "value": "FLOAT"}
FINER = {"millis": "INT64", "arrival": "INT64"}
"""The millisecond of an event, and its place among events of one time (see
`graph.planned.arrival`). The first load that needs these columns adds them to a table
of events; a table without them means 0."""

KINDS = {
    "kindWeights": "DOUBLE[]",
    "knownKinds": "STRING[]",
    "targetKind": "STRING",
}

_TYPES: dict[pl.DataType, str] = {
    pl.Int64(): "INT64",
    pl.Float32(): "FLOAT",
    pl.Float64(): "DOUBLE",
    pl.String(): "STRING",
}


def create_all(session: Session) -> None:
    """Make every missing table, empty, so that a query may name any of them."""
    for label, columns in NODES.items():
        session.do(f"CREATE NODE TABLE IF NOT EXISTS {label}({columns})")
    for kind in ENDS:
        create_relationships(session, kind)
    create_shown(session)


def create_relationships(session: Session, kind: str, name: str | None = None) -> None:
    """Make the table of a relationship type, called `name` or `kind`, if missing."""
    source, target = ENDS[kind]
    derived = {n: _TYPES[t] for n, t in item_edges.COLUMNS.get(kind, {}).items()}
    types = EVENT if kind in EVENT_KINDS else derived
    columns = "".join(f", {n} {t}" for n, t in types.items())
    session.do(
        f"CREATE REL TABLE IF NOT EXISTS {name or kind}"
        f"(FROM {source} TO {target}{columns})"
    )


def create_event_ids(session: Session) -> None:
    """Make the table of the ids by which recorded events count once."""
    session.do(
        f"CREATE NODE TABLE IF NOT EXISTS {EVENT_ID}(id STRING PRIMARY KEY, "
        "user STRING, item STRING, kind STRING, at INT64, millis INT64)"
    )


def create_shown(session: Session) -> None:
    """Make the table of what was shown, which a store of an earlier version lacks."""
    made = ", ".join(f"`{n}` {_TYPES[SHOWN_COLUMNS[n]]}" for n in SHOWN_PROPERTIES)
    session.do(f"CREATE REL TABLE IF NOT EXISTS {SHOWN}(FROM {USER} TO {ITEM}, {made})")


def columns(session: Session, table: str) -> list[str]:
    """The names of the columns that a table has now."""
    return [row[1] for row in session.rows(f"CALL table_info('{table}') RETURN *")]


def widen(session: Session, kind: str) -> None:
    """Add the columns for millisecond and order of arrival to a table of events."""
    there = columns(session, kind)
    for name, type_ in FINER.items():
        if name not in there:
            session.do(f"ALTER TABLE {kind} ADD {name} {type_} DEFAULT 0")


def widen_dataset(session: Session) -> None:
    """Add the columns that say how event kinds count, which most stores do without."""
    there = columns(session, DATASET)
    for name, type_ in KINDS.items():
        if name not in there:
            session.do(f"ALTER TABLE {DATASET} ADD {name} {type_}")


def names(session: Session) -> set[str]:
    """The names of all tables."""
    return {row[1] for row in session.rows("CALL show_tables() RETURN *")}


def nodes(session: Session, label: str) -> int:
    """The number of nodes of a label, which the engine knows at once."""
    return int(session.rows(f"MATCH (n:{label}) RETURN count(*)")[0][0])


def size(session: Session, kind: str) -> int:
    """The number of relationships of a type, which the engine knows at once."""
    return int(session.rows(f"MATCH ()-[r:{kind}]->() RETURN count(*)")[0][0])
