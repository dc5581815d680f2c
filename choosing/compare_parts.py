"""`compare` out of core: everyone is counted in shards, a sample of people is asked."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from basketweave.baselines.item_knn import ItemKNN, ItemKNNConfig
from basketweave.baselines.own_frequency import OwnFrequency, OwnFrequencyConfig
from basketweave.baselines.popularity import (
    Popularity,
    PopularityConfig,
    RecentPopularityConfig,
)
from basketweave.choosing.compare import Comparison, blended
from basketweave.choosing.windows import Windows
from basketweave.errors import UsageError
from basketweave.evaluation import Report, Scores, evaluate
from basketweave.evaluation.splits import Split, time_split
from basketweave.evaluation.splits.split import Population
from basketweave.graph.derive import DeriveConfig, Derived
from basketweave.graph.kinds import Kinds
from basketweave.graph.schema import CO_PURCHASED, EVENT_KINDS, ITEM, USER
from basketweave.graph.sharded.derive import derive_parts
from basketweave.graph.sharded.histories import Histories, histories
from basketweave.graph.sharded.settings import Sharding
from basketweave.graph.subgraph import FloatArray, Subgraph
from basketweave.progress import SILENT, Progress

PEOPLE = 20_000
"""People who are asked about, unless another number is given."""
POPULAR = {
    "popularity": PopularityConfig(),
    "recent-popularity": RecentPopularityConfig(),
}
COUNTED = (*POPULAR, "own-frequency", "item-knn")
"""Baselines that are sums over people, or know a person's own items alone."""


def compare_parts(
    parts: Path,
    asked: Comparison,
    folder: Path,
    *,
    people: int = PEOPLE,
    sharding: Sharding | None = None,
    progress: Progress = SILENT,
) -> Report:
    """The blend without vectors beside `COUNTED`, from a folder of Parquet parts.

    people     about so many are asked about, the same ones each time; their events are
               held in memory. Popularity, neighbours and relationships are of everyone
    folder     for what is counted, until it is done

    The windows are those of `compare` with `time`, and the numbers too where all people
    are asked. Events of the kind that is predicted are what somebody had.

    Raises `UsageError` for what is not counted in shards; `DataError` where the parts
    cannot be read, or all events lie within the test.
    """
    _check(asked)
    sharding = (sharding or Sharding()).model_copy(update={"keep": False})
    events = histories(parts, folder / "histories", progress=progress)
    job = _Job(parts, asked, folder, sharding, events, progress)
    report = job.report(events.sample(people))
    shutil.rmtree(folder, ignore_errors=True)
    return report


def _check(asked: Comparison) -> None:
    names = asked.baselines or ()
    others = sorted(set(names) - set(COUNTED))
    if others:
        raise UsageError(
            f"{others[0]} is not counted in shards. Out of core there are "
            f"{', '.join(COUNTED)}; a store has the others."
        )
    if asked.protocol != "time" or asked.encoder != "none" or not asked.refit:
        raise UsageError(
            "Out of core the last days are asked about, with all before them counted, "
            'and without an encoder: protocol="time", encoder="none", refit=True.'
        )


@dataclass(frozen=True)
class _Job:
    parts: Path
    asked: Comparison
    folder: Path
    sharding: Sharding
    events: Histories
    progress: Progress

    def report(self, people: Subgraph) -> Report:
        test = self._window("test", people, self.events.last)
        validation = self._window("validation", test.split.train, test.last)
        windows = Windows(validation.split, test.split, self.asked.days)
        derived = validation.derived, test.derived
        given = (windows, self.asked, self.folder, self.progress, derived)
        models = {**self._baselines(test), **blended(*given)}
        return evaluate(
            models, test.split, known=self.asked.known, progress=self.progress
        )

    def _window(self, name: str, people: Subgraph, last: int) -> _Window:
        days, kind = self.asked.days, self.events.kind
        split = time_split(people, days, kind=kind, last=last)
        assert split.as_of is not None
        before = self.events.until(split.as_of)
        counted, everyone, last = _counted(before)
        told = f"{split.name}, of {people.n(USER):,} people"
        offered = everyone.support > 0
        split = replace(split, name=told, offered=offered, among=everyone)
        return _Window(self, name, split, counted, last)

    def _baselines(self, test: _Window) -> Mapping[str, Scores]:
        names = self.asked.baselines or COUNTED
        if self.asked.known == "new":
            names = tuple(name for name in names if name != "own-frequency")
        return {name: test.baseline(name) for name in names}


@dataclass(frozen=True)
class _Window:
    """A window, and what is counted of everyone's events before it.

    counted   popularity (I,) by the name of the baseline
    last      the second of the last event before it
    """

    job: _Job
    name: str
    split: Split
    counted: Mapping[str, FloatArray]
    last: int

    @cached_property
    def derived(self) -> Derived:
        """The relationships and numbers of items, as they stood."""
        return self._derived(self.name)

    def baseline(self, name: str) -> Scores:
        """One of `COUNTED`, fitted."""
        train, kind = self.split.train, self.split.kind
        if name in POPULAR:
            model = Popularity(POPULAR[name].model_copy(update={"kind": kind}))
            return model.learnt(self.counted[name], train)
        if name == "own-frequency":
            return OwnFrequency(OwnFrequencyConfig(kind=kind)).fit(train)
        knn = ItemKNN(ItemKNNConfig(kind=kind))
        least = {"top_k": 1}
        config = DeriveConfig(
            co_purchased=knn.counting, followed_by=least, followed_by_baskets=least
        )
        only = {k: float(k == kind) for k in EVENT_KINDS}
        found = self._derived("neighbours", config, Kinds(only, (kind,), kind))
        return knn.learnt(found.edges[CO_PURCHASED], train)

    def _derived(
        self,
        name: str,
        config: DeriveConfig | None = None,
        kinds: Kinds | None = None,
    ) -> Derived:
        found = derive_parts(
            self.job.parts,
            self.job.sharding,
            as_of=self.split.as_of,
            config=config,
            kinds=kinds,
            into=self.job.folder / name,
            progress=self.job.progress,
        )
        return found.derived(self.split.train.ids[ITEM])


def _counted(events: Histories) -> tuple[Mapping[str, FloatArray], Population, int]:
    """Popularity (I,) in each way, who had what, and the second of the last event."""
    models = {name: Popularity(config) for name, config in POPULAR.items()}
    n_items, users, last = events.graph.n(ITEM), 0, 0
    total = {name: np.zeros(n_items, np.float32) for name in models}
    for number in range(events.pieces):
        some = events.piece(number)
        users += len(np.unique(some.user))
        last = max(last, int(some.time.max(initial=0)))
        for name, model in models.items():
            total[name] += model.counted(some, n_items, events.as_of)
    return total, Population(users, total["popularity"].astype(np.int64)), last
