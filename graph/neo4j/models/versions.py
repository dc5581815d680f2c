"""`(:Model)` nodes: one a published version, of which one a name is live."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from basketweave.errors import NotFoundError, UsageError
from basketweave.graph.neo4j.database import Database
from basketweave.graph.schema import check_name
from basketweave.graph.vectors import ModelCard, ModelVersion

_FLIP = """
    MATCH (m:Model {name: $name})
    WHERE m.status = 'live' OR m.version = $version
    SET m.status = CASE m.version WHEN $version THEN 'live' ELSE 'retired' END
    WITH count(*) AS flipped
    MATCH (d:Dataset)
    SET d.changes = d.changes + 1
    """
_TEXTS = ("recipe", "metrics", "libraries")
_OWN = {
    *("name", "version", "status", "kind", "part", "dim", "trainedAt", "asOf", "seed"),
    *("property", "index", "weights"),
    *_TEXTS,
}


def versions(database: Database, name: str | None = None) -> list[ModelVersion]:
    """All versions (of one name), newest first within each name."""
    rows = database.read(
        """
        MATCH (m:Model)
        WHERE $name IS NULL OR m.name = $name
        RETURN properties(m)
        ORDER BY m.name, m.version DESC
        """,
        name=name,
    )
    return [_version(found) for (found,) in rows]


def find(database: Database, name: str, version: int | None = None) -> ModelVersion:
    """The live version of this name, or the one asked for."""
    there = [one for one in versions(database, name) if one.status != "writing"]
    for one in there:
        if one.version == version or (version is None and one.status == "live"):
            return one
    if there:
        numbers = ", ".join(str(one.version) for one in there)
        raise NotFoundError(f"'{name}' has no version {version}, but {numbers}.")
    raise NotFoundError(
        f"No vectors are published for '{name}'. Train and publish it: "
        f"basketweave train {name} --publish"
    )


def add(
    database: Database, card: ModelCard, dim: int, weights: Mapping[str, float]
) -> ModelVersion:
    """Add a version after the latest one, in status `writing`.

    Weights become properties of their own, so that a query can read them.
    """
    check_name(card.name, "model")
    _check_weights(weights)
    latest = max((v.version for v in versions(database, card.name)), default=0)
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    new = ModelVersion(card, latest + 1, "writing", dim, now, dict(weights))
    check_name(new.key)
    vectors = {"property": new.key, "index": index_name(new)} if dim else {}
    database.write(
        "CREATE (m:Model) SET m = $properties",
        properties={**weights, **vectors, **_properties(new)},
    )
    return new


def make_live(database: Database, version: ModelVersion) -> ModelVersion:
    """Put a version in the place of the live one, in one transaction."""
    name = version.card.name
    database.write(_FLIP, name=name, version=version.version)
    return find(database, name)


def go_back(database: Database, name: str) -> ModelVersion:
    """Make the version before the live one live again."""
    now = find(database, name)
    before = [
        one
        for one in versions(database, name)
        if one.version < now.version and one.status == "retired"
    ]
    if not before:
        raise NotFoundError(
            f"'{name}' has no version before {now.version} to go back to."
        )
    return make_live(database, before[0])


def index_name(version: ModelVersion) -> str:
    """The name of the vector index over the items: `item_gat_v3`."""
    return f"item_{version.key}"


def _check_weights(weights: Mapping[str, float]) -> None:
    for name in weights:
        if check_name(name, "weight") in _OWN:
            raise UsageError(f"A weight cannot be called {name!r}. Rename that part.")


def _properties(version: ModelVersion) -> dict[str, Any]:
    card = version.card
    return {
        "name": card.name,
        "version": version.version,
        "status": version.status,
        "kind": card.kind,
        "part": card.part,
        "dim": version.dim,
        "trainedAt": version.trained_at,
        "asOf": card.as_of,
        "seed": card.seed,
        "weights": list(version.weights),
        **{n: json.dumps(dict(getattr(card, n)), default=str) for n in _TEXTS},
    }


def _version(found: Mapping[str, Any]) -> ModelVersion:
    card = ModelCard(
        name=found["name"],
        kind=found["kind"],
        part=found["part"],
        as_of=found.get("asOf"),
        seed=found.get("seed"),
        **{name: json.loads(found[name]) for name in _TEXTS},
    )
    return ModelVersion(
        card=card,
        version=found["version"],
        status=found["status"],
        dim=found["dim"],
        trained_at=found["trainedAt"],
        weights={name: found[name] for name in found["weights"]},
    )
