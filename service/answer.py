"""An answer: what was recommended, under which id, by which blend, and how well."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic_core import to_json

from basketweave.experiments.assignment import Assigned
from basketweave.serving.recommendation import Recommendations

Degraded = Literal["graph", "popularity"]


@dataclass(frozen=True)
class Answer:
    """Recommendations, and what is left of the blend where a part of it failed.

    degraded   `graph`: without vectors, `popularity`: that alone; None: the blend
    assigned   the person's group in an experiment
    """

    found: Recommendations
    degraded: Degraded | None = None
    assigned: Assigned | None = None

    def plain(self) -> dict[str, Any]:
        """The answer as dicts, lists, texts and numbers, without an id."""
        plain = self.found.to_dict()
        return {
            "user": plain["user"],
            "blend": plain["blend"],
            "experiment": self.assigned and self.assigned.experiment,
            "group": self.assigned and self.assigned.group,
            "degraded": self.degraded,
            "models": plain["models"],
            "notes": plain["notes"],
            "seed": plain["seed"],
            "items": plain["items"],
        }


def written(content: Mapping[str, Any] | list[Any]) -> bytes:
    """JSON, in which a number that is none is null."""
    return to_json(content, inf_nan_mode="null")


def named(answer: bytes, name: str) -> bytes:
    """A written answer with its id."""
    return b'{"id":"%s",%s' % (name.encode(), answer[1:])
