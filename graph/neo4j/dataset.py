"""The `(:Dataset)` node: what the graph holds, and how often it was changed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import polars as pl

from basketweave.graph.neo4j.database import Database
from basketweave.graph.neo4j.schema import check_version
from basketweave.graph.schema import SCHEMA_VERSION
from basketweave.graph.store import Dataset
from basketweave.loaders.tables import Tables


def read_dataset(database: Database) -> Dataset | None:
    """What the graph holds; None where nothing has been loaded."""
    rows = database.read("MATCH (d:Dataset) RETURN properties(d) LIMIT 1")
    if not rows:
        return None
    found: dict[str, Any] = rows[0][0]
    check_version(found["schemaVersion"])
    return Dataset(
        name=found["name"],
        schema_version=found["schemaVersion"],
        user_ids=found["userIds"],
        item_ids=found["itemIds"],
        first_at=found.get("firstAt"),
        last_at=found.get("lastAt"),
        derived=found["derived"],
        derived_as_of=found.get("derivedAsOf"),
        changes=found["changes"],
    )


def note_source(database: Database, tables: Tables) -> None:
    """Write what the tables hold, before any of it.

    Ids stay numbers only while all sources have numbers.
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
          d.itemIds = CASE d.itemIds WHEN $itemIds THEN $itemIds ELSE 'str' END
        """,
        name=tables.name,
        schema=SCHEMA_VERSION,
        userIds=tables.user_ids,
        itemIds=tables.item_ids,
    )


def note_loaded(database: Database, times: pl.Series, notes: Mapping[str, int]) -> None:
    """Widen the bounds of the event times by these, and keep the load's notes."""
    told = database.read("MATCH (d:Dataset) RETURN d.notes")[0][0]
    database.write(
        """
        MATCH (d:Dataset)
        SET
          d.firstAt = CASE
            WHEN $first IS NULL OR d.firstAt <= $first THEN d.firstAt ELSE $first END,
          d.lastAt = CASE
            WHEN $last IS NULL OR d.lastAt >= $last THEN d.lastAt ELSE $last END,
          d.notes = $notes
        """,
        first=times.min(),
        last=times.max(),
        notes=json.dumps({**json.loads(told or "{}"), **notes}),
    )


def note_derived(database: Database, as_of: int | None) -> None:
    """Say up to when the derived relationships know events."""
    database.write(
        "MATCH (d:Dataset) SET d.derived = true, d.derivedAsOf = $as_of", as_of=as_of
    )
