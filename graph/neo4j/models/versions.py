"""`(:Model)` nodes: one for each published version; one of each name may be live."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from basketweave.errors import UsageError
from basketweave.graph.neo4j.connection import Database
from basketweave.graph.neo4j.models.ours import IS_OURS, free_number
from basketweave.graph.planned.model_nodes import RESERVED, properties, version_of
from basketweave.graph.planned.versions import (
    before_live,
    found,
    learned_with,
    next_version,
    now,
    usable,
)
from basketweave.graph.schema import ITEM, USER, check_name
from basketweave.graph.vectors import ModelCard, ModelVersion

_SERVING = """OPTIONAL MATCH (e:Model {kind: 'encoder', status: 'live'})
    WHERE e.property IS NOT NULL
    WITH e
    ORDER BY coalesce(e.servedSince, e.trainedAt), e.name
    WITH e.part AS part, collect(e.name + '_v' + e.version)[-1] AS key
    WITH collect(part + '=' + key)"""
_FLIP = f"""
    OPTIONAL MATCH (d:Dataset {{id: 'dataset'}}) // first: one flip at a time gets through
    SET d.changes = d.changes + 1
    WITH count(*) AS one
    {_SERVING} AS before
    CALL (before) {{ // weights of an earlier version of this package
      MATCH (n:Model {{kind: 'blend'}})
      WHERE {IS_OURS} AND n.learnedWith IS NULL
      SET n.learnedWith = before
    }}
    WITH count(*) AS one
    MATCH (n:Model {{name: $name}})
    WHERE {IS_OURS} AND (n.status = 'live' OR n.version = $version)
    SET n.status = CASE n.version WHEN $version THEN 'live' ELSE 'retired' END,
      n.servedSince = CASE n.version WHEN $version THEN $since ELSE n.servedSince END
    WITH count(*) AS flipped
    {_SERVING} AS serving
    MATCH (n:Model {{kind: 'blend'}})
    WHERE {IS_OURS}
    SET n.stale = any(one IN coalesce(n.learnedWith, []) WHERE NOT one IN serving)
    """


def versions(database: Database, name: str | None = None) -> list[ModelVersion]:
    """All versions, or those of one name, the newest first within each name."""
    rows = database.read(
        f"""
        MATCH (n:Model)
        WHERE ($name IS NULL OR n.name = $name) AND {IS_OURS}
        RETURN properties(n)
        ORDER BY n.name, n.version DESC
        """,
        name=name,
    )
    return [_version(node) for (node,) in rows]


def find(database: Database, name: str, version: int | None = None) -> ModelVersion:
    """The live version of this name, or the one with the given number.

    Raises `NotFoundError` where there is none.
    """
    return found(_whole(database), name, version)


def add(
    database: Database,
    card: ModelCard,
    dim: int,
    weights: Mapping[str, float],
    learned: Mapping[str, str] | None = None,
) -> ModelVersion:
    """Add a version after the latest one, in status `writing`, and return it.

    Raises `UsageError` for a weight whose name is a property of the node.
    """
    check_name(card.name, "model")
    _check_weights(weights)
    belongs = learned_with(card, versions(database), learned)
    number = free_number(database, card.name)
    new = next_version(card, number, dim, weights, belongs)
    check_name(new.key)
    database.write("CREATE (m:Model) SET m = $properties", properties=_properties(new))
    return new


def make_live(
    database: Database, version: ModelVersion, since: str | None = None
) -> ModelVersion:
    """Replace the live version by this one in one transaction, and return it."""
    name = version.card.name
    database.write(_FLIP, name=name, version=version.version, since=since or now())
    return find(database, name)


def go_back(database: Database, name: str) -> ModelVersion:
    """Make the version before the live one live again, and return it."""
    before = before_live(_whole(database), name)
    return make_live(database, before, before.served_since)


def use(database: Database, name: str, version: int | None) -> ModelVersion:
    """Let this version of a model serve its part, and return it."""
    return make_live(database, usable(_whole(database), name, version))


def retire(database: Database, name: str) -> ModelVersion:
    """Take the live version of a model out of serving, and return it."""
    version = find(database, name)
    database.write(_FLIP, name=name, version=None, since=None)
    return replace(version, status="retired")


def _whole(database: Database) -> list[ModelVersion]:
    """All versions but those whose writing was interrupted."""
    return [one for one in versions(database) if one.status != "writing"]


def index_name(version: ModelVersion, label: str = ITEM) -> str:
    """The name of the vector index over the items, `item_gat_v3`, or over the users."""
    return f"{label.lower()}_{version.key}"


def _check_weights(weights: Mapping[str, float]) -> None:
    for name in weights:
        if check_name(name, "weight") in RESERVED:
            raise UsageError(f"A weight cannot be called {name!r}. Rename that part.")


def _properties(new: ModelVersion) -> dict[str, Any]:
    """Weights become properties of their own, so that a query can read them."""
    vectors = {
        "property": new.key,
        "index": index_name(new),
        "userIndex": index_name(new, USER),
    }
    vectors = vectors if new.dim else {}
    return {**new.weights, **vectors, **properties(new), "weights": list(new.weights)}


def _version(node: Mapping[str, Any]) -> ModelVersion:
    numbers = {n: node[n] for n in node["weights"] if isinstance(node.get(n), float)}
    return version_of(node, numbers)
