"""Published models: their `(:Model)` nodes, and which version is live."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from basketweave.graph.embedded.connection import Session
from basketweave.graph.planned.versions import (
    as_texts,
    before_live,
    found,
    from_texts,
    is_stale,
    learned_with,
    metric_properties,
    now,
    usable,
)
from basketweave.graph.schema import MODEL, check_name
from basketweave.graph.vectors import ModelCard, ModelVersion, serving

_TEXTS = ("recipe", "metrics", "libraries", "weights")
_SINCE = {"servedSince": "STRING", "learnedWith": "STRING[]", "stale": "BOOL"}
"""Columns that a store of an earlier version lacks."""


def versions(session: Session, name: str | None = None) -> list[ModelVersion]:
    """All versions (of one name), newest first within each name."""
    rows = session.rows(f"MATCH (m:{MODEL}) RETURN m ORDER BY m.name, m.version DESC")
    there = [_version(node) for (node,) in rows]
    return [one for one in there if name is None or one.card.name == name]


def live(session: Session, name: str, version: int | None = None) -> ModelVersion:
    """The live version of this name (or the one asked for)."""
    return found(versions(session), name, version)


def following(
    session: Session,
    card: ModelCard,
    dim: int = 0,
    weights: Mapping[str, float] | None = None,
    learned: Mapping[str, str] | None = None,
) -> ModelVersion:
    """The version after the latest one of this name, as it will be live."""
    check_name(card.name, "model")
    there = versions(session)
    number = max((v.version for v in there if v.card.name == card.name), default=0) + 1
    trained_at = datetime.now(UTC).isoformat(timespec="milliseconds")
    return ModelVersion(
        *(card, number, "live", dim, trained_at, dict(weights or {})),
        learned_with=learned_with(card, there, learned),
    )


def add(session: Session, version: ModelVersion) -> ModelVersion:
    """Make a new version live, in the place of the one before."""
    properties = _properties(version)
    _make_columns(session, version.card)
    names = ", ".join(f"`{name}`: ${name}" for name in properties)
    session.do(f"CREATE (:{MODEL} {{{names}}})", properties)
    return serve(session, version, now())


def serve(session: Session, version: ModelVersion, since: str) -> ModelVersion:
    """Make this the live version of its name, which serves its part `since` then."""
    _make_columns(session, version.card)
    _retire(session, version.card.name)
    session.do(
        f"MATCH (m:{MODEL} {{key: $key}}) "
        "SET m.status = 'live', m.servedSince = $since",
        {"key": version.key, "since": since},
    )
    _mark_stale(session)
    return live(session, version.card.name)


def go_back(session: Session, name: str) -> ModelVersion:
    """Make the version before the live one live again."""
    before = before_live(versions(session), name)
    return serve(session, before, before.served_since or now())


def use(session: Session, name: str, version: int | None) -> ModelVersion:
    """Let this version serve its part."""
    return serve(session, usable(versions(session), name, version), now())


def retire(session: Session, name: str) -> ModelVersion:
    """Take the live version of a name out of serving."""
    version = live(session, name)
    _make_columns(session, version.card)
    _retire(session, name)
    _mark_stale(session)
    return replace(version, status="retired")


def remove(session: Session, version: ModelVersion) -> None:
    """Remove the `(:Model)` node of a version."""
    session.do(f"MATCH (m:{MODEL} {{key: $key}}) DELETE m", {"key": version.key})


def _retire(session: Session, name: str) -> None:
    session.do(
        f"MATCH (m:{MODEL}) WHERE m.name = $name SET m.status = 'retired'",
        {"name": name},
    )


def _mark_stale(session: Session) -> None:
    """In the transaction that changes what serves, say whose weights no longer fit."""
    there = versions(session)
    for one in there:
        stale = is_stale(one, there)
        if one.card.kind == "blend" and stale != one.stale:
            session.do(
                f"MATCH (m:{MODEL} {{key: $key}}) SET m.stale = $stale",
                {"key": one.key, "stale": stale},
            )


def _make_columns(session: Session, card: ModelCard) -> None:
    rows = session.rows(f"CALL table_info('{MODEL}') RETURN *")
    there = {row[1] for row in rows}
    metrics = dict.fromkeys(metric_properties(card.metrics), "DOUBLE")
    for name, kind in {**_SINCE, **metrics}.items():
        if name not in there:
            session.do(f"ALTER TABLE {MODEL} ADD `{check_name(name)}` {kind}")
    if "learnedWith" not in there:
        _take_over(session)


def _take_over(session: Session) -> None:
    """Weights of an earlier version of this package belong to what serves now."""
    there = serving(versions(session)).items()
    serves: dict[str, str] = {part: one.key for part, one in there}
    session.do(
        f"MATCH (m:{MODEL}) WHERE m.kind = 'blend' SET m.learnedWith = $learned",
        {"learned": as_texts(serves)},
    )


def _properties(version: ModelVersion) -> dict[str, Any]:
    """A new version's properties; metrics stand as text, and each by itself."""
    card = version.card
    return {
        **metric_properties(card.metrics),
        "key": version.key,
        "name": card.name,
        "version": version.version,
        "kind": card.kind,
        "part": card.part,
        "status": version.status,
        "dim": version.dim,
        "trainedAt": version.trained_at,
        "asOf": card.as_of,
        "seed": card.seed,
        "recipe": _text(card.recipe),
        "metrics": _text(card.metrics),
        "libraries": _text(card.libraries),
        "weights": _text(version.weights),
        "learnedWith": as_texts(version.learned_with),
    }


def _version(node: Mapping[str, Any]) -> ModelVersion:
    recipe, metrics, libraries, weights = (json.loads(node[name]) for name in _TEXTS)
    card = ModelCard(
        *(node["name"], node["kind"], node["part"], node["asOf"], node["seed"]),
        *(recipe, metrics, libraries),
    )
    return ModelVersion(
        *(card, node["version"], node["status"], node["dim"], node["trainedAt"]),
        weights=weights,
        served_since=node.get("servedSince"),
        learned_with=from_texts(node.get("learnedWith")),
        stale=bool(node.get("stale")),
    )


def _text(values: Mapping[str, Any]) -> str:
    return json.dumps(dict(values), default=str)
