"""Cut a subgraph down to what a few users reach, with everything renumbered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import polars as pl

from basketweave.errors import NotFoundError
from basketweave.graph.schema import (
    CATALOGUE,
    ITEM,
    SUBCATEGORY_OF,
    USER,
)
from basketweave.graph.subgraph import Edges, Events, IntArray, Subgraph

Mask = npt.NDArray[np.bool_]


def neighbourhood(graph: Subgraph, seeds: Sequence[str], hops: int) -> Subgraph:
    """The subgraph within `hops` event steps of the `seeds` users.

    One hop gives the seeds' items, two hops also the users who have those items, and so
    on. The result has all events between these users and items, the items' brands, and
    their categories up to the root.

    Raises `NotFoundError` for a seed that is not in the graph.
    """
    masks = _reached(graph, seeds, hops)
    for source, kind, target in graph.edges:
        if kind in CATALOGUE and kind != SUBCATEGORY_OF:
            _follow(graph, masks, (source, kind, target))
    _climb(graph, masks)
    return _cut(graph, masks)


def _reached(graph: Subgraph, seeds: Sequence[str], hops: int) -> dict[str, Mask]:
    masks = {label: np.zeros(graph.n(label), bool) for label in graph.ids}
    masks[USER] |= _are(graph.ids[USER], pl.Series(seeds, dtype=pl.String))
    for hop in range(hops):
        for e in graph.events.values():
            if hop % 2 == 0:
                masks[ITEM][e.item[masks[USER][e.user]]] = True
            else:
                masks[USER][e.user[masks[ITEM][e.item]]] = True
    return masks


def _are(users: pl.Series, seeds: pl.Series) -> Mask:
    missing = seeds.filter(~seeds.is_in(users.implode()))
    if len(missing):
        raise NotFoundError(
            f"{len(missing):,} of {len(seeds):,} users are not in the store, such as "
            f"{missing[0]!r}. Ask for ids as they were loaded."
        )
    return users.is_in(seeds.implode()).to_numpy()


def _follow(
    graph: Subgraph, masks: dict[str, Mask], relation: tuple[str, str, str]
) -> None:
    source, target = graph.edges[relation].index
    masks[relation[2]][target[masks[relation[0]][source]]] = True


def _climb(graph: Subgraph, masks: dict[str, Mask]) -> None:
    """Follow SUBCATEGORY_OF until nothing new comes."""
    upwards = [relation for relation in graph.edges if relation[1] == SUBCATEGORY_OF]
    for relation in upwards:
        mask, before = masks[relation[2]], -1
        while before != (before := int(mask.sum())):
            _follow(graph, masks, relation)


def _cut(graph: Subgraph, masks: Mapping[str, Mask]) -> Subgraph:
    position = {label: np.cumsum(mask) - 1 for label, mask in masks.items()}
    return Subgraph(
        ids={k: ids.filter(pl.Series(masks[k])) for k, ids in graph.ids.items()},
        events={k: _events(e, masks, position) for k, e in graph.events.items()},
        edges={
            (source, kind, target): _edges(
                e, (masks[source], masks[target]), (position[source], position[target])
            )
            for (source, kind, target), e in graph.edges.items()
        },
        as_of=graph.as_of,
        kinds=graph.kinds,
    )


def _events(
    events: Events, masks: Mapping[str, Mask], position: Mapping[str, IntArray]
) -> Events:
    kept = events.where(masks[USER][events.user] & masks[ITEM][events.item])
    user, item = position[USER][kept.user], position[ITEM][kept.item]
    return replace(kept, user=user, item=item)


def _edges(
    edges: Edges, masks: tuple[Mask, Mask], position: tuple[IntArray, IntArray]
) -> Edges:
    source, target = edges.index
    keep = masks[0][source] & masks[1][target]
    index = np.stack([position[0][source[keep]], position[1][target[keep]]])
    return Edges(index, {name: column[keep] for name, column in edges.columns.items()})
