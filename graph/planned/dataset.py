"""The properties of the `(:Dataset)` node, and how a load changes them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from basketweave.errors import SchemaError
from basketweave.graph.schema import SCHEMA_VERSION
from basketweave.graph.store import Dataset


def dataset_of(node: Mapping[str, Any]) -> Dataset:
    """The `Dataset` with the properties of a `(:Dataset)` node."""
    return Dataset(
        name=node["name"],
        schema_version=node["schemaVersion"],
        user_ids=node["userIds"],
        item_ids=node["itemIds"],
        first_at=node.get("firstAt"),
        last_at=node.get("lastAt"),
        derived=node["derived"],
        derived_as_of=node.get("derivedAsOf"),
        changes=node["changes"],
        loading=tuple(one.rpartition(" #")[0] for one in node.get("loading") or ()),
        notes=_notes(node.get("notes")),
    )


def noted(before: Dataset | None, notes: Mapping[str, int]) -> str:
    """The notes of all loads as JSON; a new note replaces an old one of its name."""
    return json.dumps({**(before.notes if before else {}), **notes})


def check_version(found: int, named: str) -> None:
    """Raise `SchemaError` where a newer version of this package wrote the graph.

    found   the graph's schema version
    named   what the error calls the graph
    """
    if found > SCHEMA_VERSION:
        raise SchemaError(
            f"{named} has schema version {found}, and this package knows up to "
            f"{SCHEMA_VERSION}. Upgrade it: pip install --upgrade basketweave"
        )


def _notes(text: object) -> Mapping[str, int]:
    """The notes in a text of JSON; none where it is not as this package writes it."""
    try:
        found = json.loads(str(text or "{}"))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
