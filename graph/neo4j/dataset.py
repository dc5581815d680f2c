"""The `(:Dataset)` node: what the graph holds, and how often it was changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from basketweave.errors import SchemaError
from basketweave.graph.kinds import Kinds
from basketweave.graph.neo4j.connection import Database
from basketweave.graph.neo4j.exporting.histories import TIMES
from basketweave.graph.planned.dataset import (
    check_version,
    dataset_of,
    kind_properties,
    noted,
    nothing_to_count,
)
from basketweave.graph.schema import EVENT_KINDS, SCHEMA_VERSION
from basketweave.graph.store import Dataset
from basketweave.graph.tables import Tables

OURS = "MATCH (d:Dataset {id: 'dataset'})"
"""Matches the node of this package: others may have (:Dataset) nodes too."""

_NEEDED = {
    "name": str,
    "schemaVersion": int,
    "userIds": str,
    "itemIds": str,
    "derived": bool,
    "changes": int,
}


def read_dataset(database: Database) -> Dataset | None:
    """The data set that the graph holds; None where nothing was loaded or derived.

    Raises `SchemaError` where the node is not as this package writes it, or where a
    newer version of this package wrote it.
    """
    rows = database.read(f"{OURS} RETURN properties(d) LIMIT 1")
    if not rows:
        return None
    found: dict[str, Any] = rows[0][0]
    _check(found)
    return dataset_of(found)


def _check(found: Mapping[str, Any]) -> None:
    bad = [name for name, kind in _NEEDED.items() if type(found.get(name)) is not kind]
    if "schemaVersion" not in bad:
        check_version(found["schemaVersion"], "The graph")
    if bad:
        raise SchemaError(
            "The node (:Dataset {id: 'dataset'}) is not as basketweave writes it: look "
            f"at its {', '.join(bad)}. Where it is somebody else's, give it another "
            "id; where it was changed by hand, remove it and load again: "
            f"{OURS} DETACH DELETE d"
        )


def note_source(database: Database, tables: Tables) -> None:
    """Note on the node, before a load, what its tables hold and that it has begun.

    Ids count as numbers only while all sources have numbers as ids.
    """
    database.write(
        """
        MERGE (d:Dataset {id: 'dataset'})
        ON CREATE SET
          d.name = $name, d.derived = false, d.changes = 0,
          d.userIds = $userIds, d.itemIds = $itemIds
        SET
          d.schemaVersion = $schema,
          d.userIds = CASE d.userIds WHEN $userIds THEN $userIds ELSE 'str' END,
          d.itemIds = CASE d.itemIds WHEN $itemIds THEN $itemIds ELSE 'str' END,
          d.loading = [x IN coalesce(d.loading, []) WHERE x <> $load] + $load,
          d.loadedTo = CASE
            WHEN $last IS NULL OR coalesce(d.loadedTo, d.lastAt) >= $last
            THEN coalesce(d.loadedTo, d.lastAt) ELSE $last END
        """,
        name=tables.name,
        schema=SCHEMA_VERSION,
        userIds=tables.user_ids,
        itemIds=tables.item_ids,
        last=tables.events["time"].max(),
        load=_load(tables),
    )


def note_loaded(database: Database, tables: Tables, notes: Mapping[str, int]) -> None:
    """Widen the bounds of the event times, store the load's notes, and note its end.

    The statement compares the bounds itself: a derivation may widen them meanwhile.
    """
    database.write(
        f"""
        {OURS}
        SET
          d.firstAt = CASE
            WHEN $first IS NULL OR d.firstAt <= $first THEN d.firstAt ELSE $first END,
          d.lastAt = CASE
            WHEN $last IS NULL OR d.lastAt >= $last THEN d.lastAt ELSE $last END,
          d.notes = $notes,
          d.loading = [x IN coalesce(d.loading, []) WHERE x <> $load]
        """,
        first=tables.events["time"].min(),
        last=tables.events["time"].max(),
        notes=noted(read_dataset(database), notes),
        load=_load(tables),
    )


def _load(tables: Tables) -> str:
    """A name for the load of just these rows: only the same rows can complete it."""
    parts = (tables.users, tables.items, tables.events)
    content = sum(int(part.hash_rows().sum()) for part in map(_hashable, parts))
    return f"{tables.name} #{content % 2**32:08x}"


def _hashable(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.select(pl.exclude(pl.List, pl.Struct, pl.Object, pl.Decimal))


def take_up(database: Database) -> None:
    """Make the node where there is none, and set its bounds to the times of all events.

    A graph made by hand has no node yet, and relationships made by hand may be earlier
    or later than the loaded ones.
    """
    database.write(
        f"""
        CALL () {{
          MATCH (:User)-[r:{"|".join(EVENT_KINDS)}]->(:Item)
          WITH r, r.times AS given
          WITH {TIMES} AS times
          WITH
            reduce(least = times[0], t IN times |
              CASE WHEN t < least THEN t ELSE least END) AS first,
            reduce(most = times[0], t IN times |
              CASE WHEN t > most THEN t ELSE most END) AS last
          RETURN min(first) AS first, max(last) AS last
        }}
        MERGE (d:Dataset {{id: 'dataset'}})
        ON CREATE SET
          d.name = 'made by hand', d.schemaVersion = $schema, d.derived = false,
          d.changes = 0, d.userIds = 'str', d.itemIds = 'str'
        SET d.firstAt = first, d.lastAt = last, d.loadedTo = last
        """,
        schema=SCHEMA_VERSION,
        undated=[],
    )


def note_kinds(database: Database, kinds: Kinds | None) -> None:
    """Store how the event kinds count, and count one write."""
    given = kind_properties(kinds)
    values = ", ".join(f"d.{name} = ${name}" for name in given)
    found = database.write(
        f"{OURS} SET {values}, d.changes = d.changes + 1 RETURN d.id", **given
    )
    if not found:
        raise nothing_to_count()


NOTE_DERIVED = f"{OURS} SET d.derived = true, d.derivedAsOf = $as_of"
"""Stores up to which second events went into the derived relationships."""


def note_derived(database: Database, as_of: int | None) -> None:
    """Store up to which second events went into the derived relationships."""
    database.write(NOTE_DERIVED, as_of=as_of)
