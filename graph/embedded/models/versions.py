"""`(:Model)` nodes: one for each published version; one of each name may be live."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from basketweave.graph.embedded.connection import Session
from basketweave.graph.embedded.schema import columns
from basketweave.graph.planned.model_nodes import (
    as_texts,
    metric_properties,
    properties,
    text,
    version_of,
)
from basketweave.graph.planned.versions import (
    before_live,
    found,
    is_stale,
    learned_with,
    next_version,
    now,
    usable,
)
from basketweave.graph.schema import MODEL, check_name
from basketweave.graph.vectors import ModelCard, ModelVersion, serving_keys

_SINCE = {"servedSince": "STRING", "learnedWith": "STRING[]", "stale": "BOOL"}
"""Columns that a store of an earlier version of this package lacks."""


def versions(session: Session, name: str | None = None) -> list[ModelVersion]:
    """All versions, or those of one name, the newest first within each name."""
    rows = session.rows(f"MATCH (m:{MODEL}) RETURN m ORDER BY m.name, m.version DESC")
    there = [_version(node) for (node,) in rows]
    return [one for one in there if name is None or one.card.name == name]


def find(session: Session, name: str, version: int | None = None) -> ModelVersion:
    """The live version of this name, or the one with the given number.

    Raises `NotFoundError` where there is none.
    """
    return found(versions(session), name, version)


def add(
    session: Session,
    card: ModelCard,
    dim: int,
    weights: Mapping[str, float],
    learned: Mapping[str, str] | None = None,
) -> ModelVersion:
    """Add a version after the latest one, in status `writing`, and return it."""
    check_name(card.name, "model")
    there = versions(session)
    number = max((v.version for v in there if v.card.name == card.name), default=0) + 1
    belongs = learned_with(card, there, learned)
    new = next_version(card, number, dim, weights, belongs)
    _make_columns(session, card)
    given = _properties(new)
    names = ", ".join(f"`{name}`: ${name}" for name in given)
    session.do(f"CREATE (:{MODEL} {{{names}}})", given)
    return new


def make_live(
    session: Session, version: ModelVersion, since: str | None = None
) -> ModelVersion:
    """Replace the live version by this one, and return it."""
    _make_columns(session, version.card)
    _retire(session, version.card.name)
    session.do(
        f"MATCH (m:{MODEL} {{key: $key}}) "
        "SET m.status = 'live', m.servedSince = $since",
        {"key": version.key, "since": since or now()},
    )
    _mark_stale(session)
    return find(session, version.card.name)


def go_back(session: Session, name: str) -> ModelVersion:
    """Make the version before the live one live again, and return it."""
    before = before_live(versions(session), name)
    return make_live(session, before, before.served_since)


def use(session: Session, name: str, version: int | None) -> ModelVersion:
    """Let this version of a model serve its part, and return it."""
    return make_live(session, usable(versions(session), name, version))


def retire(session: Session, name: str) -> ModelVersion:
    """Take the live version of a model out of serving, and return it."""
    version = find(session, name)
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
    """Mark the blends whose weights do not belong to the versions that serve now."""
    there = versions(session)
    for one in there:
        stale = is_stale(one, there)
        if one.card.kind == "blend" and stale != one.stale:
            session.do(
                f"MATCH (m:{MODEL} {{key: $key}}) SET m.stale = $stale",
                {"key": one.key, "stale": stale},
            )


def _make_columns(session: Session, card: ModelCard) -> None:
    there = columns(session, MODEL)
    metrics = dict.fromkeys(metric_properties(card.metrics), "DOUBLE")
    for name, kind in {**_SINCE, **metrics}.items():
        if name not in there:
            session.do(f"ALTER TABLE {MODEL} ADD `{check_name(name)}` {kind}")
    if "learnedWith" not in there:
        _take_over(session)


def _take_over(session: Session) -> None:
    """Note the versions that serve now on weights of an earlier version's store."""
    session.do(
        f"MATCH (m:{MODEL}) WHERE m.kind = 'blend' SET m.learnedWith = $learned",
        {"learned": as_texts(serving_keys(versions(session)))},
    )


def _properties(new: ModelVersion) -> dict[str, Any]:
    """The properties of the node; the weights are one text, not columns."""
    return {**properties(new), "key": new.key, "weights": text(new.weights)}


def _version(node: Mapping[str, Any]) -> ModelVersion:
    return version_of(node, json.loads(node["weights"]))
