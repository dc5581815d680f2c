"""Published models: their `(:Model)` nodes, vectors and which version is live."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from basketweave.errors import NotFoundError
from basketweave.graph.embedded.session import Session
from basketweave.graph.schema import MODEL, check_name
from basketweave.graph.vectors import ModelCard, ModelVersion

_READ = f"""
MATCH (m:{MODEL})
RETURN m.name, m.version, m.kind, m.part, m.status, m.dim, m.trainedAt, m.asOf,
  m.seed, m.recipe, m.metrics, m.libraries, m.weights
ORDER BY m.name, m.version DESC
"""
_WRITE = f"""
CREATE (:{MODEL} {{
  key: $key, name: $name, version: $version, kind: $kind, part: $part,
  status: 'live', dim: $dim, trainedAt: $trained_at, asOf: $as_of, seed: $seed,
  recipe: $recipe, metrics: $metrics, libraries: $libraries, weights: $weights
}})
"""


def versions(session: Session, name: str | None = None) -> list[ModelVersion]:
    """All versions (of one name), newest first within each name."""
    found = [_version(row) for row in session.rows(_READ)]
    return [one for one in found if name is None or one.card.name == name]


def live(session: Session, name: str, version: int | None = None) -> ModelVersion:
    """The live version of this name (or the one asked for)."""
    there = versions(session, name)
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


def following(
    session: Session,
    card: ModelCard,
    dim: int = 0,
    weights: Mapping[str, float] | None = None,
) -> ModelVersion:
    """The version after the latest one of this name, as it will be live."""
    check_name(card.name, "model")
    number = max((one.version for one in versions(session, card.name)), default=0) + 1
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    return ModelVersion(card, number, "live", dim, now, dict(weights or {}))


def add(session: Session, version: ModelVersion) -> None:
    """Make a new version live, in the place of the one before."""
    card = version.card
    _retire(session, card.name)
    session.do(
        _WRITE,
        {
            "key": version.key,
            "name": card.name,
            "version": version.version,
            "kind": card.kind,
            "part": card.part,
            "dim": version.dim,
            "trained_at": version.trained_at,
            "as_of": card.as_of,
            "seed": card.seed,
            "recipe": _text(card.recipe),
            "metrics": _text(card.metrics),
            "libraries": _text(card.libraries),
            "weights": _text(version.weights),
        },
    )


def go_back(session: Session, name: str) -> ModelVersion:
    """Make the version before the live one live again."""
    now = live(session, name)
    before = [one for one in versions(session, name) if one.version < now.version]
    if not before:
        raise NotFoundError(
            f"'{name}' has no version before {now.version} to go back to."
        )
    _retire(session, name)
    session.do(
        f"MATCH (m:{MODEL} {{key: $key}}) SET m.status = 'live'", {"key": before[0].key}
    )
    return live(session, name)


def remove(session: Session, version: ModelVersion) -> None:
    """Remove the `(:Model)` node of a version."""
    session.do(f"MATCH (m:{MODEL} {{key: $key}}) DELETE m", {"key": version.key})


def _retire(session: Session, name: str) -> None:
    session.do(
        f"MATCH (m:{MODEL}) WHERE m.name = $name SET m.status = 'retired'",
        {"name": name},
    )


def _version(row: list[Any]) -> ModelVersion:
    name, number, kind, part, status, dim, trained_at, as_of, seed, *texts = row
    recipe, metrics, libraries, weights = (json.loads(text) for text in texts)
    card = ModelCard(name, kind, part, as_of, seed, recipe, metrics, libraries)
    return ModelVersion(card, number, status, dim, trained_at, weights)


def _text(values: Mapping[str, Any]) -> str:
    return json.dumps(dict(values), default=str)
