"""A window on Parquet parts: a sample of people is asked, everyone before it counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from basketweave.baselines.item_knn import ItemKNN
from basketweave.baselines.popularity import Popularity, RecentPopularity
from basketweave.baselines.registry import baseline
from basketweave.evaluation import Scores
from basketweave.evaluation.splits import Split, time_split
from basketweave.evaluation.splits.split import Population
from basketweave.graph.derive import DeriveConfig, Derived
from basketweave.graph.kinds import Kinds
from basketweave.graph.schema import CO_PURCHASED, EVENT_KINDS, ITEM, USER
from basketweave.graph.sharded.derive import derive_parts
from basketweave.graph.sharded.histories import Histories
from basketweave.graph.sharded.settings import Sharding
from basketweave.graph.subgraph import FloatArray, Subgraph
from basketweave.progress import Progress

POPULAR = {"popularity": Popularity, "recent-popularity": RecentPopularity}
COUNTED = (*POPULAR, "own-frequency", "item-knn")
"""Baselines that are sums over people, or know a person's own items alone."""


@dataclass(frozen=True)
class Counting:
    """How a folder of parts is derived from, and where what is derived lies."""

    parts: Path
    into: Path
    sharding: Sharding
    progress: Progress

    def derived(
        self,
        name: str,
        before: Subgraph,
        config: DeriveConfig | None = None,
        kinds: Kinds | None = None,
    ) -> Derived:
        """Derived from everyone's events up to the bound of this subgraph."""
        found = derive_parts(
            self.parts,
            self.sharding,
            as_of=before.as_of,
            config=config,
            kinds=kinds,
            into=self.into / name,
            progress=self.progress,
        )
        return found.derived(before.ids[ITEM])


@dataclass(frozen=True)
class PartsWindow:
    """A window, and what is counted of everyone's events before it.

    popular   popularity (I,) by the name of the baseline
    last      the second of the last event before it
    """

    name: str
    counting: Counting
    split: Split
    popular: Mapping[str, FloatArray]
    last: int

    @cached_property
    def derived(self) -> Derived:
        """The relationships and numbers of items, as they stood."""
        return self.counting.derived(self.name, self.split.train)

    def baseline(self, name: str) -> Scores:
        """One of `COUNTED`, fitted."""
        model = baseline(name, kind=self.split.kind)
        if isinstance(model, Popularity):
            return model.learnt(self.popular[name], self.split.train)
        if isinstance(model, ItemKNN):
            return self._neighbours(model)
        return model.fit(self.split.train)

    def _neighbours(self, knn: ItemKNN) -> ItemKNN:
        train, least = self.split.train, {"top_k": 1}
        config = DeriveConfig(
            co_purchased=knn.counting, followed_by=least, followed_by_baskets=least
        )
        only = {kind: float(kind == knn.config.kind) for kind in EVENT_KINDS}
        kinds = Kinds(only, (knn.config.kind,), knn.config.kind)
        found = self.counting.derived("neighbours", train, config, kinds)
        return knn.learnt(found.edges[CO_PURCHASED], train)


def window(
    name: str,
    counting: Counting,
    events: Histories,
    people: Subgraph,
    days: float,
    last: int,
) -> PartsWindow:
    """The last `days` before the second `last`, asked of these people."""
    split = time_split(people, days, kind=events.kind, last=last)
    assert split.as_of is not None
    popular, everyone, last = _counted(events.until(split.as_of))
    split = replace(
        split,
        name=f"{split.name}, of {people.n(USER):,} people",
        offered=everyone.support > 0,
        among=everyone,
    )
    return PartsWindow(name, counting, split, popular, last)


def _counted(events: Histories) -> tuple[Mapping[str, FloatArray], Population, int]:
    """Popularity (I,) in each way, who had what, and the second of the last event."""
    models = {name: made() for name, made in POPULAR.items()}
    n_items, users, last = events.graph.n(ITEM), 0, 0
    total = {name: np.zeros(n_items, np.float32) for name in models}
    for number in range(events.pieces):
        some = events.piece(number)
        users += len(np.unique(some.user))
        last = max(last, int(some.time.max(initial=0)))
        for name, model in models.items():
            total[name] += model.counted(some, n_items, events.as_of)
    return total, Population(users, total["popularity"].astype(np.int64)), last
