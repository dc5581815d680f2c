"""The path that explains each ranked item."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from basketweave.graph.schema import CO_PURCHASED, FOLLOWED_BY, ITEM, PURCHASED, USER
from basketweave.queries import statements
from basketweave.serving.blend import FloatArray, IntArray, Parts
from basketweave.serving.engine import Blend, Row
from basketweave.serving.memory import FOREVER, STATEMENTS, Catalogue
from basketweave.serving.recommendation import HOLDS, Step
from basketweave.serving.repeat import History
from basketweave.serving.request import Request

if TYPE_CHECKING:
    from basketweave.graph.embedded.store import LadybugStore

Via = tuple[int, str]


@dataclass(frozen=True)
class Found:
    """A ranking: `best` are places in the parts' candidates, best first.

    started, pull   positions of the items the walk started from, and their weights
    """

    parts: Parts
    score: FloatArray
    best: npt.NDArray[np.intp]
    had: History
    started: IntArray
    pull: FloatArray


def explained(
    store: LadybugStore,
    request: Request,
    given: Blend,
    catalogue: Catalogue,
    found: Found,
) -> list[Row]:
    """The ranked rows, each with its parts, title and path."""
    items = found.parts.item[found.best]
    via = _via(given, catalogue, found, items)
    wanted = {*items.tolist(), *(held for held, _ in via.values())}
    ids = [catalogue.ids[n] for n in wanted]
    titles, had = _titles(store, ids), _kinds(store, request, ids)
    values = found.parts.values(given.settings.power, given.settings.scaled)
    bought = set(found.had.item.tolist())

    def step(item: int, relationship: str | None = None) -> Step:
        name = catalogue.ids[item]
        return Step(ITEM, name, titles.get(name) or "", relationship)

    def me(item: int) -> Step:
        user = request.user or "session"
        return Step(USER, user, "", had.get(catalogue.ids[item], HOLDS))

    rows = []
    for place, item in zip(found.best, items.tolist(), strict=True):
        parts = {
            n: (float(found.parts.raw[n][place]), float(v[place]))
            for n, v in values.items()
        }
        path: tuple[Step, ...] = ()
        if item in bought:
            path = (me(item), step(item))
        elif item in via:
            held, kind = via[item]
            path = (me(held), step(held, kind), step(item))
        name = catalogue.ids[item]
        rows.append(Row(name, titles.get(name), float(found.score[place]), parts, path))
    return rows


def _via(
    given: Blend, catalogue: Catalogue, found: Found, items: IntArray
) -> dict[int, Via]:
    """For each item the started-from item and kind that gave the walk most.

    Of equals the one whose ids come first, as in recommend.cypher.
    """
    best: dict[int, tuple[float, int, str]] = {}
    order = catalogue.order
    s = given.settings
    for kind, share in ((CO_PURCHASED, s.together), (FOLLOWED_BY, s.follows)):
        block = catalogue.walks[kind][found.started][:, items]
        strength = block.multiply((found.pull * np.float32(share))[:, None]).tocoo()
        for row, col, weight in zip(
            strength.row, strength.col, strength.data, strict=True
        ):
            item, held = int(items[col]), int(found.started[row])
            step = (-float(weight), int(order[held]), kind)
            if weight > 0:
                best[item] = min(best.get(item, step), step)
    place = np.argsort(order)
    return {item: (int(place[held]), kind) for item, (_, held, kind) in best.items()}


def _kinds(store: LadybugStore, request: Request, ids: list[str]) -> dict[str, str]:
    """How the user had each of these items: PURCHASED before the other kinds."""
    if request.user is None:
        return {}
    as_of = FOREVER if request.as_of is None else request.as_of
    given = {"user": request.user, "asOf": as_of, "items": ids}
    rows = store.run(statements(STATEMENTS)["kinds"], given).rows()
    # The last of an item's kinds stays: PURCHASED, else the first by name.
    rows.sort(key=lambda row: row[1], reverse=True)
    return dict(sorted(rows, key=lambda row: row[1] == PURCHASED))


def _titles(store: LadybugStore, ids: list[str]) -> dict[str, str | None]:
    rows = store.run(statements(STATEMENTS)["items"], {"items": ids})
    return dict(zip(rows["id"], rows["title"], strict=True))
