"""Published versions: the next one, which serves, and whose weights are stale."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from basketweave.errors import NotFoundError
from basketweave.graph.vectors import ModelCard, ModelVersion, serving_keys


def now() -> str:
    """The present as a text that sorts by time, for `servedSince`."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


def next_version(
    card: ModelCard,
    number: int,
    dim: int,
    weights: Mapping[str, float],
    learned: dict[str, str],
) -> ModelVersion:
    """The version of this number, trained now; it is `writing` until it goes live.

    learned   what `learned_with` says of it
    """
    trained_at = datetime.now(UTC).isoformat(timespec="milliseconds")
    return ModelVersion(
        *(card, number, "writing", dim, trained_at, dict(weights)),
        learned_with=learned,
    )


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
