"""What both stores agree on about published versions: which serves, and what is stale."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt
import polars as pl

from basketweave.errors import DataError, NotFoundError
from basketweave.graph.vectors import ModelCard, ModelVersion, Vectors, serving_keys

RESERVED = frozenset(
    {
        *("key", "name", "version", "status", "kind", "part", "dim", "trainedAt"),
        *("servedSince", "asOf", "seed", "recipe", "metrics", "libraries", "weights"),
        *("property", "index", "learnedWith", "stale"),
    }
)
"""The properties of a `(:Model)` node that are no metric and no weight."""


def now() -> str:
    """The present as a text that sorts by time, for `servedSince`."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


def learned_with(
    card: ModelCard, versions: Iterable[ModelVersion], told: Mapping[str, str] | None
) -> dict[str, str]:
    """part -> key of the version a blend's weights belong to: what serves, untold."""
    if card.kind != "blend":
        return {}
    if told is not None:
        return dict(told)
    return serving_keys(versions)


def is_stale(blend: ModelVersion, versions: Iterable[ModelVersion]) -> bool:
    """Whether another version serves one of the parts that a blend was learned with."""
    serves = serving_keys(versions)
    return any(serves.get(p) != key for p, key in blend.learned_with.items())


def as_texts(parts: Mapping[str, str]) -> list[str]:
    """`learnedWith` as it stands on the node: `['gnn=gat_v3']`, which Cypher can read."""
    return [f"{part}={key}" for part, key in parts.items()]


def from_texts(texts: Iterable[str] | None) -> dict[str, str]:
    """The other way round.

    >>> from_texts(["gnn=gat_v3"])
    {'gnn': 'gat_v3'}
    """
    return dict(text.split("=", 1) for text in texts or () if "=" in text)


def metric_properties(metrics: Mapping[str, object]) -> dict[str, float]:
    """Metrics by names that a query can read.

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


def found(
    versions: Sequence[ModelVersion], name: str, version: int | None = None
) -> ModelVersion:
    """Of the versions of this name the live one, or the one asked for.

    Raises `NotFoundError` where there is none, which says what there is.
    """
    there = [one for one in versions if one.card.name == name]
    for one in there:
        if one.version == version or (version is None and one.status == "live"):
            return one
    if not there:
        raise NotFoundError(
            f"No vectors are published for '{name}'. Train and publish it: "
            f"basketweave train {name} --publish"
        )
    numbers = ", ".join(str(one.version) for one in there)
    if version is None:
        raise NotFoundError(
            f"'{name}' is retired: of its versions ({numbers}) none is live. Let one "
            f"serve: basketweave use {name}"
        )
    raise NotFoundError(f"'{name}' has no version {version}, but {numbers}.")


def usable(
    versions: Sequence[ModelVersion], name: str, version: int | None
) -> ModelVersion:
    """The version that `use` lets serve: the one asked for, the live or the newest."""
    there = [one for one in versions if one.card.name == name]
    if version is None and there and not any(one.status == "live" for one in there):
        return max(there, key=lambda one: one.version)
    return found(versions, name, version)


def before_live(versions: Sequence[ModelVersion], name: str) -> ModelVersion:
    """The version before the live one; it takes over its place among others.

    Its `served_since` is that of the live one: going back changes which version of
    this name is live, and not which name serves the part.
    """
    live = found(versions, name)
    there = [one for one in versions if one.card.name == name]
    before = [one for one in there if one.version < live.version]
    if not before:
        raise NotFoundError(
            f"'{name}' has no version before {live.version} to go back to."
        )
    last = max(before, key=lambda one: one.version)
    return replace(last, served_since=live.served_since or live.trained_at)


def placed(
    vectors: Vectors, users: npt.NDArray[np.bool_], items: npt.NDArray[np.bool_]
) -> tuple[Vectors, dict[str, int]]:
    """The vectors whose node exists, and how many users and items were left out.

    users (U,), items (I,)   whether the store has a node of this id

    Raises `DataError` where it has none of the users, or none of the items: such
    vectors are of another store.
    """
    name = vectors.card.name
    left_out = {}
    for what, ids, there in (
        ("users", vectors.users, users),
        ("items", vectors.items, items),
    ):
        if len(ids) and not there.any():
            raise DataError(
                f"The store has none of the {len(ids):,} {what} of '{name}', such as "
                f"{ids[0]!r}: these vectors are of another store, and nothing was "
                "changed. Train on this one, or load what they are of first."
            )
        if not there.all():
            left_out[what] = int((~there).sum())
    if not left_out:
        return vectors, left_out
    kept = replace(
        vectors,
        users=vectors.users.filter(pl.Series(users)),
        items=vectors.items.filter(pl.Series(items)),
        user_vectors=vectors.user_vectors[users],
        item_vectors=vectors.item_vectors[items],
    )
    return kept, left_out
