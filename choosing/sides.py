"""The blend of one window: its sources, its weights, and its models to evaluate."""

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
    """One window, and all that was known before it."""

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
    """Derive from the events before the window, and gather what the parts need.

    A walk starts from all items that a person had before the question. `found` is an
    earlier derivation of the same window, which is then not done again.
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
    """The best weights and power for each `known`, by mean NDCG@10 over the windows.

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
