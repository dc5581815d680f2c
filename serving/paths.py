"""The path that explains each ranked item."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from basketweave.blend.parts import Parts
from basketweave.blend.request import Request
from basketweave.blend.walk import Starts, leaving, shares
from basketweave.graph.runs import run_starts
from basketweave.graph.schema import ITEM, USER
from basketweave.graph.subgraph import BoolArray, FloatArray, IntArray
from basketweave.serving.engine import Blend, Row
from basketweave.serving.had import Had
from basketweave.serving.recommendation import HOLDS, Step
from basketweave.serving.state import State

Via = tuple[int, str]
"""The item that a step of the walk starts from, and the kind of relationship."""


@dataclass(frozen=True)
class Ranking:
    """A ranking: `best` (R,) are places among the candidates, best first.

    values  part -> its values, from 0 to 1
    boost   what each score was multiplied with; None: nothing
    steps   kind -> the relationships that the walk may follow
    """

    parts: Parts
    values: Mapping[str, FloatArray]
    score: FloatArray
    best: IntArray
    had: Had
    start: Starts
    steps: Mapping[str, sp.csr_array]
    boost: FloatArray | None = None


def explained(
    request: Request, given: Blend, state: State, found: Ranking
) -> list[Row]:
    """The ranked rows, each with its parts, title and path."""
    place = found.best
    items, score = found.parts.item[place], found.score[place]
    values = {name: value[place] for name, value in found.values.items()}
    paths = _paths(request, given, state, found, items, values)
    numbers = {
        name: list(zip(raw[place].tolist(), values[name].tolist(), strict=True))
        for name, raw in found.parts.raw.items()
    }
    names, titles = state.catalogue.names, state.catalogue.title
    rows = []
    for n, item in enumerate(items.tolist()):
        parts = {name: pairs[n] for name, pairs in numbers.items()}
        path = paths.get(item, ())
        boost = 1.0 if found.boost is None else float(found.boost[item])
        rows.append(Row(names[item], titles[item], float(score[n]), parts, path, boost))
    return rows


def _paths(
    request: Request,
    given: Blend,
    state: State,
    found: Ranking,
    items: IntArray,
    values: Mapping[str, FloatArray],
) -> dict[int, tuple[Step, ...]]:
    """Item -> path, where its part counts: the user's own purchase with `repeat`, a
    step of the walk with `graph`."""
    again = _counts("repeat", given, values)
    led = items[_counts("graph", given, values) & ~again]
    via = _via(given, state, found, led)
    own = items[again].tolist()
    held = [start for start, _ in via.values()]
    had = found.had.how(state.catalogue.mask(np.array([*own, *held], np.int64)))
    ids, titles = state.catalogue.names, state.catalogue.title

    def me(item: int) -> Step:
        return Step(USER, request.user or "session", "", had.get(item, HOLDS))

    def step(item: int, relationship: str | None = None) -> Step:
        return Step(ITEM, ids[item], titles[item] or "", relationship)

    paths: dict[int, tuple[Step, ...]] = {
        item: (me(start), step(start, kind), step(item))
        for item, (start, kind) in via.items()
    }
    return paths | {item: (me(item), step(item)) for item in own}


def _counts(part: str, given: Blend, values: Mapping[str, FloatArray]) -> BoolArray:
    """In which rows a part gives something to the score."""
    return values[part] * np.float32(given.weights.get(part, 0.0)) > 0


def _via(
    given: Blend, state: State, ranking: Ranking, items: IntArray
) -> dict[int, Via]:
    """For each item the started-from item and kind that gave the walk most.

    Of equals the one whose ids come first, as in recommend.cypher.
    """
    if not len(items):
        return {}
    wanted = state.catalogue.mask(items)
    share = shares(given.settings)
    names = list(ranking.steps)
    steps = [
        _steps(near, ranking.start, share[kind], wanted)
        for kind, near in ranking.steps.items()
    ]
    held, item, strength = (
        np.concatenate(column) for column in zip(*steps, strict=True)
    )
    which = np.repeat(np.arange(len(steps)), [len(one[0]) for one in steps])
    order = np.lexsort((which, state.catalogue.order[held], -strength, item))
    first = order[run_starts(item[order])]
    return {int(item[row]): (int(held[row]), names[which[row]]) for row in first}


def _steps(
    near: sp.csr_array, start: Starts, share: np.float32, wanted: BoolArray
) -> tuple[IntArray, IntArray, FloatArray]:
    """From where (S,), to what (S,) and how strong the steps to the wanted items are."""
    edge, size = leaving(near, start.item)
    kept = np.flatnonzero(wanted[near.indices[edge]])
    edge, place = edge[kept], np.repeat(np.arange(len(size)), size)[kept]
    strength: FloatArray = near.data[edge] * (start.pull * share)[place]
    some = strength > 0
    item = near.indices[edge[some]].astype(np.int64)
    return start.item[place[some]], item, strength[some]
