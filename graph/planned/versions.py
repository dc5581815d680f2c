"""Published versions: the next one, the one that serves, and stale weights."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from basketweave.errors import NotFoundError
from basketweave.graph.vectors import ModelCard, ModelVersion, serving_keys


def now() -> str:
    """The present time as a text that sorts by time, for `servedSince`."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


def next_version(
    card: ModelCard,
    number: int,
    dim: int,
    weights: Mapping[str, float],
    learned: dict[str, str],
) -> ModelVersion:
    """The version with this number, trained now, in status `writing`.

    learned   what `learned_with` returned for it
    """
    trained_at = datetime.now(UTC).isoformat(timespec="milliseconds")
    return ModelVersion(
        *(card, number, "writing", dim, trained_at, dict(weights)),
        learned_with=learned,
    )


def learned_with(
    card: ModelCard, versions: Iterable[ModelVersion], told: Mapping[str, str] | None
) -> dict[str, str]:
    """The versions that a blend's weights were learned with: part to version key.

    told   these versions; None means the versions that serve now

    Empty for a model that is no blend.
    """
    if card.kind != "blend":
        return {}
    if told is not None:
        return dict(told)
    return serving_keys(versions)


def is_stale(blend: ModelVersion, versions: Iterable[ModelVersion]) -> bool:
    """Whether a part that a blend was learned with is now served by another version."""
    serves = serving_keys(versions)
    return any(serves.get(p) != key for p, key in blend.learned_with.items())


def found(
    versions: Sequence[ModelVersion], name: str, version: int | None = None
) -> ModelVersion:
    """The live version of this name, or the one with the given number.

    Raises `NotFoundError`, naming the existing versions, where there is none.
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
    """The version that `use` makes live.

    It is the one with the given number; without a number the live one, or the newest
    where none is live. Raises `NotFoundError` where there is none.
    """
    there = [one for one in versions if one.card.name == name]
    if version is None and there and not any(one.status == "live" for one in there):
        return max(there, key=lambda one: one.version)
    return found(versions, name, version)


def before_live(versions: Sequence[ModelVersion], name: str) -> ModelVersion:
    """The version before the live one, with the `served_since` of the live one.

    So going back changes which version of this name is live, but not which name serves
    the part. Raises `NotFoundError` where no version is live, or none is before it.
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
