"""The properties of a `(:Model)` node, and the version that they describe."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

from basketweave.graph.vectors import ModelCard, ModelVersion

_TEXTS = ("recipe", "metrics", "libraries")
RESERVED = frozenset(
    {
        *("key", "name", "version", "status", "kind", "part", "dim", "trainedAt"),
        *("servedSince", "asOf", "seed", "recipe", "metrics", "libraries", "weights"),
        *("property", "index", "userIndex", "learnedWith", "stale"),
    }
)
"""The properties of a `(:Model)` node that are no metric and no weight."""


def properties(version: ModelVersion) -> dict[str, Any]:
    """The node properties of a new version, without its weights.

    Each store keeps weights in its own way. The metrics are stored as one text, and
    each also as a property of its own, so that a query can read it.
    """
    card = version.card
    return {
        **metric_properties(card.metrics),
        "name": card.name,
        "version": version.version,
        "status": version.status,
        "kind": card.kind,
        "part": card.part,
        "dim": version.dim,
        "trainedAt": version.trained_at,
        "asOf": card.as_of,
        "seed": card.seed,
        "learnedWith": as_texts(version.learned_with),
        **{name: text(getattr(card, name)) for name in _TEXTS},
    }


def version_of(node: Mapping[str, Any], weights: Mapping[str, float]) -> ModelVersion:
    """The `ModelVersion` with the properties of a node, and these weights.

    Properties that an earlier version of this package did not write may be missing.
    """
    card = ModelCard(
        name=node["name"],
        kind=node["kind"],
        part=node["part"],
        as_of=node.get("asOf"),
        seed=node.get("seed"),
        **{name: json.loads(node[name]) for name in _TEXTS},
    )
    return ModelVersion(
        card=card,
        version=node["version"],
        status=node["status"],
        dim=node["dim"],
        trained_at=node["trainedAt"],
        weights=weights,
        served_since=node.get("servedSince"),
        learned_with=from_texts(node.get("learnedWith")),
        stale=bool(node.get("stale")),
    )


def text(values: Mapping[str, Any]) -> str:
    """The values by name as one text of JSON."""
    return json.dumps(dict(values), default=str)


def as_texts(parts: Mapping[str, str]) -> list[str]:
    """`learnedWith` as texts, which Cypher can read: `['gnn=gat_v3']`."""
    return [f"{part}={key}" for part, key in parts.items()]


def from_texts(texts: Iterable[str] | None) -> dict[str, str]:
    """The parts and keys in texts that `as_texts` made.

    >>> from_texts(["gnn=gat_v3"])
    {'gnn': 'gat_v3'}
    """
    return dict(text.split("=", 1) for text in texts or () if "=" in text)


def metric_properties(metrics: Mapping[str, object]) -> dict[str, float]:
    """The finite metrics, under names that a query can read.

    >>> metric_properties({"validation NDCG@10": 0.25, "best epoch": 3})
    {'validationNDCG10': 0.25, 'bestEpoch': 3.0}
    """
    out = {}
    for name, value in metrics.items():
        if isinstance(value, int | float) and math.isfinite(value):
            out[_property(name)] = float(value)
    return out


def _property(metric: str) -> str:
    first, *rest = re.findall("[A-Za-z0-9]+", metric) or [""]
    first = first.lower() if first.isupper() else first[:1].lower() + first[1:]
    name = (first + "".join(word[:1].upper() + word[1:] for word in rest))[:50]
    plain = name[:1].isalpha() and name not in RESERVED
    return name if plain else f"metric{name[:1].upper()}{name[1:]}"
