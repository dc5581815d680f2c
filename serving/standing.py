"""What a store holds and what is published over it, for one request after another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

import polars as pl

from basketweave.blend.explore import ListPlace
from basketweave.blend.settings import BlendSettings
from basketweave.errors import NotFoundError, UsageError
from basketweave.graph.ids import ItemId, as_given, is_number
from basketweave.graph.known import Known
from basketweave.graph.schema import ITEM
from basketweave.graph.store import Dataset
from basketweave.graph.vectors import ModelCard, ModelVersion, VectorPart, serving
from basketweave.serving.engine import Arranged, Row
from basketweave.serving.recommendation import (
    Part,
    Recommendation,
    Recommendations,
    Step,
)
from basketweave.shown import shown


@dataclass(frozen=True)
class Standing:
    """The data set and what is published over it, at one moment."""

    dataset: Dataset
    versions: tuple[ModelVersion, ...]
    _settings: dict[str, BlendSettings] = field(default_factory=dict, compare=False)
    _at: dict[str, Standing] = field(default_factory=dict, compare=False)

    def up_to(self, last_at: int | None) -> Standing:
        """The same with events until then, where there were none so late."""
        last = self.dataset.last_at
        if last_at is None or (last is not None and last_at <= last):
            return self
        return replace(self, dataset=replace(self.dataset, last_at=last_at), _at={})

    def at(self, blend: str, known: Known) -> Standing:
        """The same as it was for a blend: its weights, with the encoders' versions with
        which they were learned.

        blend   `blend_new@3` or `blend_new_v3`

        Raises `NotFoundError` where there is no such blend, or where one of the versions
        is no longer kept, and `UsageError` for a blend of another `known`.
        """
        if blend not in self._at:
            self._at[blend] = self._was(blend)
        if self._at[blend].blend(known) is None:
            raise UsageError(
                f"{shown(blend)} does not say how items are ranked for known="
                f"{known!r}: a blend_{known} does."
            )
        return self._at[blend]

    def _was(self, blend: str) -> Standing:
        chosen = self._version(blend)
        others = {
            p: v.key for p, v in self.live.items() if p not in chosen.learned_with
        }
        serve = {chosen.key, *chosen.learned_with.values(), *others.values()}
        kept = {v.key for v in self.versions}
        for gone in sorted(serve - kept):
            raise NotFoundError(
                f"{chosen.key} was learned with {gone}, which is no longer kept. Learn "
                "the weights anew: basketweave blend"
            )
        versions = tuple(
            replace(v, status="live" if v.key in serve else "retired", stale=False)
            for v in self.versions
        )
        return Standing(self.dataset, versions)

    def _version(self, blend: str) -> ModelVersion:
        blends = [v for v in self.versions if v.card.kind == "blend"]
        for one in blends:
            if blend in (one.key, f"{one.card.name}@{one.version}"):
                return one
        there = ", ".join(f"{one.card.name}@{one.version}" for one in blends)
        raise NotFoundError(
            f"There is no blend {shown(blend)}. There are: {there or 'none'}."
        )

    def published(self, known: Known) -> Mapping[str, float]:
        """Weights and constants of the live blend for requests with this `known`.

        Empty where the blend is stale, since weights belong to the versions with which
        they were learned.
        """
        blend = self._blend(known)
        return {} if blend is None or blend.stale else blend.weights

    def blend(self, known: Known) -> str | None:
        """The version that gives these weights; None where there are none."""
        blend = self._blend(known)
        return None if blend is None or blend.stale else blend.key

    def notes(self, known: Known) -> tuple[str, ...]:
        """Sentences that a reader of answers with the published weights should know."""
        blend = self._blend(known)
        if blend is None or not blend.stale:
            return ()
        serves = self.encoders()
        changed = [
            f"{key}, and {serves.get(part, 'nothing')} serves '{part}' now"
            for part, key in blend.learned_with.items()
            if serves.get(part) != key
        ]
        note = (
            f"The weights of {blend.key} were learned with {'; '.join(changed)}: the "
            "default weights are used. Learn them anew: basketweave blend"
        )
        return (note,)

    def _blend(self, known: Known) -> ModelVersion | None:
        for version in self.versions:
            if version.status == "live" and version.card.name == f"blend_{known}":
                return version
        return None

    @cached_property
    def live(self) -> Mapping[VectorPart, ModelVersion]:
        """part -> the live version whose vectors give it."""
        return serving(self.versions)

    def encoders(self) -> dict[str, str]:
        """part -> key of the live version whose vectors give it, such as `gat_v3`."""
        return {part: version.key for part, version in self.live.items()}

    def settings(self, known: Known) -> BlendSettings:
        """The constants of the live blend; those that it lacks have their defaults."""
        found = self._settings.get(known)
        if found is None:
            found = BlendSettings.from_properties(self.published(known))
            self._settings[known] = found
        return found

    def ids(self, what: Literal["user", "item"], texts: Iterable[str]) -> list[ItemId]:
        """Ids of the store as they were in the source."""
        held = self.dataset
        kind = held.user_ids if what == "user" else held.item_ids
        return [as_given(text, kind) for text in texts]

    def typed(self, lists: pl.DataFrame) -> pl.DataFrame:
        """The lists, with ids of users and items as they were in the source.

        A column of numbers stays text where one of its ids, made by hand, is no number.
        """
        kinds = {"user": self.dataset.user_ids, "item": self.dataset.item_ids}
        numbers = [
            name
            for name, kind in kinds.items()
            if kind == "int" and all(is_number(one) for one in lists[name].unique())
        ]
        return lists.with_columns(pl.col(numbers).cast(pl.Int64))

    def recommended(
        self,
        found: Arranged,
        weights: Mapping[str, float],
        user: str | None,
        notes: tuple[str, ...] = (),
        blend: str | None = None,
    ) -> Recommendations:
        """The rows of a request as the recommendations that a client receives."""
        dataset = self.dataset
        items = tuple(_recommendation(row, weights, dataset) for row in found.rows)
        if found.places:
            items = tuple(map(_explored, items, found.places))
        return Recommendations(
            items,
            None if user is None else as_given(user, dataset.user_ids),
            {p: key for p, key in self.encoders().items() if weights.get(p)},
            notes,
            blend,
            found.seed,
        )

    def check(self, card: ModelCard) -> None:
        """Raise `UsageError` where live vectors are of another training than `card`."""
        live = {v.key: v.card for v in self.versions if v.status == "live"}
        key = self.encoders().get(card.part, "nothing")
        if key not in live or not live[key].same_training(card):
            raise UsageError(
                f"The model file of '{card.name}' is not of what is live for the part "
                f"'{card.part}', which is {key}. Publish the vectors that were trained "
                f"with it: basketweave publish {card.name}"
            )


def _recommendation(
    row: Row, weights: Mapping[str, float], dataset: Dataset
) -> Recommendation:
    parts = {
        name: Part(raw, value, row.boost * weights.get(name, 0.0))
        for name, (raw, value) in row.parts.items()
    }
    path = tuple(
        Step(
            s.label,
            as_given(
                str(s.id), dataset.item_ids if s.label == ITEM else dataset.user_ids
            ),
            s.title,
            s.relationship,
        )
        for s in row.path
    )
    item = as_given(row.item, dataset.item_ids)
    return Recommendation(item, row.title or "", row.score, parts, path)


def _explored(found: Recommendation, place: ListPlace) -> Recommendation:
    return replace(found, explored=place.explored, propensity=place.propensity)
