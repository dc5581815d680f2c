"""The blend of one window: derived from its past, weighted, and as models to evaluate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from basketweave.blend.scores import BlendScores
from basketweave.blend.settings import BlendSettings
from basketweave.blend.sources import Sources, sources, with_settings
from basketweave.choosing.weights import POWERS, Learned, learn
from basketweave.evaluation.splits import Split
from basketweave.graph.derive import DeriveConfig, Derived, derived
from basketweave.graph.known import Known
from basketweave.graph.vectors import Vectors
from basketweave.progress import SILENT, Progress


@dataclass(frozen=True)
class Fitted:
    """One window's side of the experiment: what was known before it."""

    split: Split
    derived: Derived
    vectors: Sequence[Vectors]
    sources: Sources


def fitted(
    split: Split,
    vectors: Sequence[Vectors],
    settings: BlendSettings,
    config: DeriveConfig | None = None,
    found: Derived | None = None,
) -> Fitted:
    """Derive from what the window may learn from, and gather what its parts need.

    A walk starts from all that a person had until they are asked. `found` saves the
    derivation where it was done before.
    """
    found = found or derived(split.train, config)
    parts = sources(split.past, found.edges, found.scores, vectors, settings)
    return Fitted(split, found, vectors, parts)


def choose(
    sides: Sequence[Fitted],
    known: Sequence[Known],
    progress: Progress = SILENT,
    users: int = 2_000,
) -> dict[Known, Learned]:
    """The best weights and power for each `known`, by the mean NDCG@10 of windows.

    Where parts are not scaled, no power is searched.
    """
    windows = [(side.sources, side.split) for side in sides]
    powers = POWERS if sides[0].sources.settings.scaled else (1.0,)
    return {
        which: learn(windows, which, users=users, powers=powers, progress=progress)
        for which in known
    }


def contenders(
    side: Fitted, learned: Mapping[Known, Learned], known: Known
) -> dict[str, BlendScores]:
    """The blend and each of its parts alone, as models to evaluate."""
    chosen = learned[known]
    parts = with_settings(side.sources, power=chosen.power)
    single = [part for part, weight in chosen.weights.items() if weight > 0]
    models = {f"part: {p}": BlendScores(parts, {p: 1.0}, known) for p in single}
    return {**models, "blend": BlendScores(parts, chosen.weights, known)}
