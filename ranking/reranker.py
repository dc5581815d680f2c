"""`Reranker`: a scorer at work behind a query, in the client."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import polars as pl

from basketweave.blend.request import PARTS
from basketweave.errors import UsageError
from basketweave.graph.schema import ITEM, USER
from basketweave.graph.subgraph import FloatArray
from basketweave.ranking.scorer import Scorer
from basketweave.serving.engine import Blend, Row


@dataclass(frozen=True)
class Reranker:
    """Orders what the blend offers anew: `Recommender(store, reranker=…)`.

    ids     of the subgraph that the scorer was fitted on
    part    the part of the blend whose raw value the scorer gives; None: its score
            is the order
    depth   how many of the blend's best are looked at
    """

    scorer: Scorer
    ids: Mapping[str, pl.Series]
    part: str | None = None
    depth: int = 200
    _places: dict[str, dict[str, int]] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        if self.part is not None and self.part not in PARTS:
            raise UsageError(f"{self.part!r} is not a part; use {', '.join(PARTS)}.")
        for label in (USER, ITEM):
            self._places[label] = {name: n for n, name in enumerate(self.ids[label])}

    def rerank(
        self, user: str | None, rows: Sequence[Row], blend: Blend
    ) -> Sequence[Row]:
        """The same rows in the scorer's order, with scores and parts that say so.

        Left as they are for a person whom the scorer does not know; items it does not
        know stand last.
        """
        at = self._places[USER].get(user or "")
        scored = [row for row in rows if row.item in self._places[ITEM]]
        if at is None or not scored:
            return rows
        items = np.array([[self._places[ITEM][row.item] for row in scored]])
        found = self.scorer.score_pairs(np.array([at]), items)[0]
        if self.part is None:
            again = [
                replace(r, score=float(s)) for r, s in zip(scored, found, strict=True)
            ]
        else:
            again = _with_part(scored, self.part, found, blend)
        rest = [row for row in rows if row.item not in self._places[ITEM]]
        return [*sorted(again, key=lambda row: -row.score), *rest]


def _with_part(
    rows: Sequence[Row], part: str, raw: FloatArray, blend: Blend
) -> list[Row]:
    """The rows with another raw value of one part, and the blend summed again."""
    scaled = raw / max(float(raw.max()), 1e-12)
    values = np.clip(scaled, 0, 1) ** blend.settings.power
    out = []
    for row, one, value in zip(rows, raw, values, strict=True):
        parts = {**row.parts, part: (float(one), float(value))}
        score = sum(blend.weights.get(name, 0.0) * v for name, (_, v) in parts.items())
        out.append(replace(row, score=score, parts=parts))
    return out
