"""Learn the blend's weights on validation: the weights that rank best, by NDCG@10."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from basketweave.blend.parts import Parts
from basketweave.blend.settings import BlendSettings
from basketweave.blend.sources import Sources
from basketweave.choosing.search import CandidateTable, ideal, search
from basketweave.evaluation.splits.split import Split
from basketweave.graph.known import Known
from basketweave.graph.store import GraphStore
from basketweave.graph.subgraph import FloatArray, IntArray
from basketweave.graph.vectors import ModelCard, ModelVersion
from basketweave.progress import SILENT, Progress

POWERS = (0.2, 0.3, 0.5, 1.0)


@dataclass(frozen=True)
class Learned:
    """The weights and power found, and their NDCG@10 on validation."""

    weights: Mapping[str, float]
    power: float
    ndcg: float


def learn(
    windows: Sequence[tuple[Sources, Split]],
    known: Known,
    *,
    powers: Sequence[float] = POWERS,
    users: int = 2_000,
    rounds: int = 3,
    seed: int = 0,
    progress: Progress = SILENT,
) -> Learned:
    """Search non-negative weights that sum to 1 for the best mean NDCG@10.

    windows   validation windows: the sources before each, and its split
    users     the most users of each window that are scored
    """
    tables = [_Table.of(s, split, known, users, seed) for s, split in windows]
    parts = [n for n, raw in tables[0].parts.raw.items() if raw.any()]
    with progress.task("Learning the blend", total=len(powers)) as advance:
        found = []
        for power in powers:
            blocks = [table.under(power, parts) for table in tables]
            weights, ndcg = search(parts, blocks, rounds)
            found.append(Learned(weights, power, ndcg))
            advance(1)
    return max(found, key=lambda learned: learned.ndcg)


def publish_blend(
    store: GraphStore,
    learned: Mapping[Known, Learned],
    settings: BlendSettings,
    as_of: int | None = None,
    learned_with: Mapping[str, str] | None = None,
    recipe: Mapping[str, object] | None = None,
) -> list[ModelVersion]:
    """Make the weights live, and return their versions.

    They are published as `blend_any`, `blend_new` or `blend_again`. `learned_with`
    names the version of each part with which they were learned; None: the versions
    that serve now. `recipe` stands on their cards.
    """
    versions = []
    for known, found in learned.items():
        own = settings.model_copy(update={"power": found.power})
        metrics = {"validation NDCG@10": found.ndcg}
        card = ModelCard(
            f"blend_{known}",
            kind="blend",
            as_of=as_of,
            metrics=metrics,
            recipe=recipe or {},
        )
        weights = {**found.weights, **own.properties()}
        versions.append(store.publish_weights(card, weights, learned_with))
    return versions


@dataclass(frozen=True)
class _Table:
    """Candidates of one window as a padded table: a row a user."""

    parts: Parts
    relevant: FloatArray
    ideal: FloatArray
    slots: IntArray
    shape: tuple[int, int]
    scaled: bool

    @classmethod
    def of(
        cls, sources: Sources, split: Split, known: Known, users: int, seed: int
    ) -> _Table:
        asked = split.under(known)
        some = np.random.default_rng(seed).permutation(len(asked))[:users]
        asked = asked.only(np.sort(some))
        parts = sources.parts(asked.users, known)
        size = np.bincount(parts.user, minlength=len(asked))
        place = np.arange(len(parts.user)) - (np.cumsum(size) - size)[parts.user]
        shape = (len(asked), int(size.max()))
        relevant = np.asarray(asked.truth[parts.user, parts.item]).ravel()
        total = np.diff(asked.truth.indptr)
        slots = parts.user * shape[1] + place
        scaled = sources.settings.scaled
        return cls(parts, relevant, ideal(total), slots, shape, scaled)

    def under(self, power: float, parts: Sequence[str]) -> CandidateTable:
        values = self.parts.values(power, self.scaled)
        stacked = np.zeros((len(parts), self.shape[0] * self.shape[1]), np.float32)
        stacked[:, self.slots] = np.stack([values[part] for part in parts])
        relevant = np.zeros(self.shape[0] * self.shape[1], np.float32)
        relevant[self.slots] = self.relevant
        return CandidateTable(stacked, relevant.reshape(self.shape), self.ideal)
