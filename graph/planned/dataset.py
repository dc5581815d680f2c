"""The properties of the `(:Dataset)` node, and how a load changes them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from basketweave.errors import BasketweaveError, NotFoundError, SchemaError
from basketweave.graph.kinds import Kinds
from basketweave.graph.schema import EVENT_KINDS, SCHEMA_VERSION
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
        kinds=_kinds(node),
        recorded=tuple(node.get("recordedKinds") or ()),
    )


def kind_properties(kinds: Kinds | None) -> dict[str, Any]:
    """How the event kinds count, as properties of the node; None where by default.

    The weights stand in the order of `EVENT_KINDS`: a node has no maps.
    """
    if kinds is None:
        return {"kindWeights": None, "knownKinds": None, "targetKind": None}
    return {
        "kindWeights": [float(kinds.weights.get(kind, 0)) for kind in EVENT_KINDS],
        "knownKinds": list(kinds.known),
        "targetKind": kinds.target,
    }


def nothing_to_count() -> NotFoundError:
    """The error of a store without a data set, of whose kinds something is said."""
    return NotFoundError(
        "The store is empty. Load some data first: basketweave load complete_journey"
    )


def _kinds(node: Mapping[str, Any]) -> Kinds | None:
    """How the kinds count; None where nobody said so, or somebody spoilt it."""
    weights, known = node.get("kindWeights"), node.get("knownKinds")
    if not isinstance(weights, list) or not isinstance(known, list):
        return None
    try:
        each = dict(zip(EVENT_KINDS, weights, strict=True))
        return Kinds(each, tuple(known), str(node.get("targetKind")))
    except (TypeError, ValueError, BasketweaveError):
        return None


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
