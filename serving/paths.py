"""The path that explains each ranked item."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from basketweave.blend.parts import BoolArray, FloatArray, IntArray, Parts
from basketweave.blend.request import Request
from basketweave.blend.walk import Starts, shares
from basketweave.graph.schema import ITEM, USER
from basketweave.serving.engine import Blend, Row
from basketweave.serving.had import Had
from basketweave.serving.recommendation import HOLDS, Step
from basketweave.serving.state import State

Via = tuple[int, str]
"""The item that a step of the walk starts from, and the kind of relationship."""


@dataclass(frozen=True)
class Ranking:
    """A ranking: `best` (R,) are places in the parts' candidates, best first."""

    parts: Parts
    score: FloatArray
    best: IntArray
    had: Had
    start: Starts


def explained(
    request: Request, given: Blend, state: State, found: Ranking
) -> list[Row]:
    """The ranked rows, each with its parts, title and path."""
    place = found.best
    items, score = found.parts.item[place], found.score[place]
    s = given.settings
    values = {n: v[place] for n, v in found.parts.values(s.power, s.scaled).items()}
    raw = {name: part[place] for name, part in found.parts.raw.items()}
    paths = _paths(request, given, state, found, items, values)
    ids = state.catalogue.ids.gather(items).to_list()
    titles = state.catalogue.titles.gather(items).to_list()
    rows = []
    for n, (item, name, title) in enumerate(zip(items, ids, titles, strict=True)):
        parts = {p: (float(raw[p][n]), float(value[n])) for p, value in values.items()}
        path = paths.get(int(item), ())
        rows.append(Row(name, title, float(score[n]), parts, path))
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
    via = _via(given, state, found.start, led)
    own = items[again].tolist()
    held = [start for start, _ in via.values()]
    had = found.had.how([*own, *held])
    wanted = np.unique(np.array([*own, *held, *via], np.int64))
    ids = dict(zip(wanted.tolist(), state.catalogue.ids.gather(wanted), strict=True))
    titles = state.catalogue.titles.gather(wanted).fill_null("")
    title = dict(zip(wanted.tolist(), titles, strict=True))

    def me(item: int) -> Step:
        return Step(USER, request.user or "session", "", had.get(item, HOLDS))

    def step(item: int, relationship: str | None = None) -> Step:
        return Step(ITEM, ids[item], title[item], relationship)

    paths: dict[int, tuple[Step, ...]] = {
        item: (me(start), step(start, kind), step(item))
        for item, (start, kind) in via.items()
    }
    return paths | {item: (me(item), step(item)) for item in own}


def _counts(part: str, given: Blend, values: Mapping[str, FloatArray]) -> BoolArray:
    """In which rows a part gives something to the score."""
    return values[part] * np.float32(given.weights.get(part, 0.0)) > 0


def _via(given: Blend, state: State, start: Starts, items: IntArray) -> dict[int, Via]:
    """For each item the started-from item and kind that gave the walk most.

    Of equals the one whose ids come first, as in recommend.cypher.
    """
    order = state.catalogue.order
    row = np.full(len(state.catalogue), -1)
    row[items] = np.arange(len(items))
    best: dict[int, tuple[float, int, str]] = {}
    place = {}
    for kind, share in shares(given.settings).items():
        near = state.steps[kind]
        for held, item, strength in _steps(near, start, share, row):
            place[int(order[held])] = held
            step = (-strength, int(order[held]), kind)
            best[item] = min(best.get(item, step), step)
    return {item: (place[held], kind) for item, (_, held, kind) in best.items()}


def _steps(
    near: sp.csr_array, start: Starts, share: np.float32, row: IntArray
) -> list[tuple[int, int, float]]:
    """(held, item, strength) of the steps that lead to items whose `row` (I,) is not -1."""
    begin, size = near.indptr[start.item], np.diff(near.indptr)[start.item]
    skipped = np.repeat(begin - (np.cumsum(size) - size), size)
    edge = np.arange(len(skipped)) + skipped
    strength = near.data[edge] * np.repeat(start.pull * share, size)
    kept = (row[near.indices[edge]] >= 0) & (strength > 0)
    columns = (np.repeat(start.item, size), near.indices[edge], strength)
    return list(zip(*(column[kept].tolist() for column in columns), strict=True))
