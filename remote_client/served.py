"""What a service answers, in the classes that a `Recommender` answers with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from basketweave.serving.audience import NextCategory
from basketweave.serving.recommendation import (
    Part,
    Recommendation,
    Recommendations,
    Step,
)


@dataclass(frozen=True)
class Served(Recommendations):
    """Recommendations as a service gives them, with what it says of the answer.

    experiment   the experiment that this user takes part in, and their `group` in it
    degraded     None; `graph` or `popularity` where only that could be asked
    """

    experiment: str | None = None
    group: str | None = None
    degraded: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """The same as dicts, lists, texts and numbers, for JSON."""
        names = ("id", "experiment", "group", "degraded")
        return {**super().to_dict(), **{name: getattr(self, name) for name in names}}


def served(found: Mapping[str, Any]) -> Served:
    """An answer with its items."""
    return Served(
        items=tuple(recommendation(one) for one in found["items"]),
        user=found.get("user"),
        models=found.get("models") or {},
        notes=tuple(found.get("notes") or ()),
        id=found.get("id") or "",
        blend=found.get("blend"),
        seed=found.get("seed"),
        experiment=found.get("experiment"),
        group=found.get("group"),
        degraded=found.get("degraded"),
    )


def recommendation(found: Mapping[str, Any]) -> Recommendation:
    """One item with its parts and its path."""
    return Recommendation(
        item=found["item"],
        title=found["title"] or "",
        score=found["score"],
        parts={
            name: Part(part["raw"], part["value"], part["weight"])
            for name, part in found["parts"].items()
        },
        explored=found.get("explored", False),
        propensity=found.get("propensity", 1.0),
        path=tuple(
            Step(one["label"], one["id"], one["title"], one.get("relationship"))
            for one in found["path"]
        ),
    )


def category(
    id: str, name: str | None, score: float, items: Iterable[Mapping[str, Any]]
) -> NextCategory:
    """A category with its best items, of which no more than the score is told."""
    best = (Recommendation(i["item"], i["title"] or "", i["score"], {}) for i in items)
    return NextCategory(id, name, score, tuple(best))
