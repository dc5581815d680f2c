"""The path that explains each ranked item."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from basketweave.graph.schema import CO_PURCHASED, FOLLOWED_BY, ITEM, USER
from basketweave.queries import statements
from basketweave.serving.blend import FloatArray, IntArray, Parts
from basketweave.serving.engine import Blend, Row
from basketweave.serving.memory import STATEMENTS, Catalogue
from basketweave.serving.recommendation import Step
from basketweave.serving.repeat import History
from basketweave.serving.request import Request

if TYPE_CHECKING:
    from basketweave.graph.embedded.store import LadybugStore

Via = tuple[int, str]
BOUGHT = "PURCHASED"


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
    titles = _titles(store, [catalogue.ids[n] for n in wanted])
    values = found.parts.values(given.settings.power, given.settings.scaled)
    bought = set(found.had.item.tolist())

    def step(item: int, relationship: str | None = None) -> Step:
        name = catalogue.ids[item]
        return Step(ITEM, name, titles.get(name) or "", relationship)

    rows = []
    for place, item in zip(found.best, items.tolist(), strict=True):
        parts = {
            n: (float(found.parts.raw[n][place]), float(v[place]))
            for n, v in values.items()
        }
        me = Step(USER, request.user or "session", "", BOUGHT)
        if item in bought:
            path: tuple[Step, ...] = (me, step(item))
        elif item in via:
            held, kind = via[item]
            path = (me, step(held, kind), step(item))
        else:
            path = ()
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


def _titles(store: LadybugStore, ids: list[str]) -> dict[str, str | None]:
    rows = store.run(statements(STATEMENTS)["items"], {"items": ids})
    return dict(zip(rows["id"], rows["title"], strict=True))
