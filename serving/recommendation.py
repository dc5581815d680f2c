"""What a recommendation is: item, score, its parts, and the path that explains it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, overload
from uuid import uuid4

if TYPE_CHECKING:
    import pandas as pd

ItemId = int | str
HOLDS = "HOLDS"
"""How a path says that an item is held in a session, which the graph does not know."""


@dataclass(frozen=True)
class Part:
    """One part of a score; its contribution `score` is weight x value.

    raw     as computed, in the part's own unit
    value   normalised over this request's candidates, 0 to 1
    """

    raw: float
    value: float
    weight: float

    @property
    def score(self) -> float:
        """What this part adds to the item's score."""
        return self.weight * self.value


@dataclass(frozen=True)
class Step:
    """A node of an explaining path, and the relationship to the next node."""

    label: str
    id: ItemId
    title: str
    relationship: str | None = None


@dataclass(frozen=True)
class Recommendation:
    """One recommended item; its parts' scores sum to its score.

    explored     whether its place was one to explore, and it was drawn for it
    propensity   with what probability it came into this answer; 1 without `explore`
    """

    item: ItemId
    title: str
    score: float
    parts: Mapping[str, Part]
    path: tuple[Step, ...] = ()
    explored: bool = False
    propensity: float = 1.0

    def why(self) -> str:
        """The path in one line: `you -PURCHASED-> Bread -CO_PURCHASED-> Butter`."""
        words = []
        for step in self.path:
            words.append(step.title or str(step.id))
            if step.relationship:
                words.append(f"-{step.relationship}->")
        return " ".join(words)

    def to_dict(self) -> dict[str, Any]:
        """The same as dicts, lists, texts and numbers, for JSON."""
        return {
            "item": self.item,
            "title": self.title,
            "score": self.score,
            "parts": {
                name: {"raw": p.raw, "value": p.value, "weight": p.weight}
                for name, p in self.parts.items()
            },
            "path": [vars(step) for step in self.path],
            "explored": self.explored,
            "propensity": self.propensity,
        }


@dataclass(frozen=True)
class Recommendations(Sequence[Recommendation]):
    """Ranked recommendations, best first, and the model versions that took part.

    blend   the version whose weights were used, such as `blend_new_v3`; None: those by
            default, or those asked for
    id      the answer's own name, which events and what was shown may cite
    seed    what explored places were drawn with; asked with it again, they are the same
    notes   sentences that a reader should know, such as that the published weights were
            learned with another version than the one that serves
    """

    items: tuple[Recommendation, ...]
    user: ItemId | None = None
    models: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    blend: str | None = None
    seed: str | None = None
    id: str = field(default_factory=lambda: uuid4().hex, compare=False)

    @overload
    def __getitem__(self, index: int) -> Recommendation: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Recommendation, ...]: ...
    def __getitem__(
        self, index: int | slice
    ) -> Recommendation | tuple[Recommendation, ...]:
        return self.items[index]

    def __len__(self) -> int:
        return len(self.items)

    def __iter__(self) -> Iterator[Recommendation]:
        return iter(self.items)

    def shown(
        self, *, experiment: str | None = None, group: str | None = None
    ) -> list[dict[str, Any]]:
        """What `store.record_shown` takes once the person has seen the answer.

        Empty for someone without an account.
        """
        said = {"answer": self.id, "user": self.user, "blend": self.blend}
        said |= {"experiment": experiment, "group": group}
        return [
            {**said, "item": one.item, "place": place, "propensity": one.propensity}
            for place, one in enumerate(self.items if self.user is not None else (), 1)
        ]

    def to_dict(self) -> dict[str, Any]:
        """The same as dicts, lists, texts and numbers, for JSON."""
        return {
            "user": self.user,
            "blend": self.blend,
            "models": dict(self.models),
            "notes": list(self.notes),
            "seed": self.seed,
            "items": [r.to_dict() for r in self.items],
        }

    def to_pandas(self) -> pd.DataFrame:
        """A frame, one row an item: item, title, score, a column a part, and why."""
        import pandas as pd

        rows = [
            {
                "item": r.item,
                "title": r.title,
                "score": r.score,
                **{name: part.score for name, part in r.parts.items()},
                "why": r.why(),
            }
            for r in self.items
        ]
        return pd.DataFrame(rows)

    def __str__(self) -> str:
        if not self.items:
            return "no recommendations"
        lines = [f"{'score':>6}  {'item':<40}  why"]
        for r in self.items:
            lines.append(
                f"{r.score:6.3f}  {(r.title or str(r.item))[:40]:<40}  {r.why()}"
            )
        return "\n".join(lines)
