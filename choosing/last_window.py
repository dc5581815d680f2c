"""What is live beside what would replace it, on the last window."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from basketweave.blend.request import PARTS
from basketweave.blend.scores import BlendScores
from basketweave.blend.settings import DEFAULT_WEIGHTS, BlendSettings, complete
from basketweave.choosing.for_store import Chosen
from basketweave.choosing.sides import fitted
from basketweave.evaluation import Split, evaluate
from basketweave.evaluation.reports.bootstrap import Interval
from basketweave.graph.derive import Derived, derived
from basketweave.graph.known import Known
from basketweave.graph.vectors import ModelVersion, Vectors
from basketweave.progress import SILENT, Progress


@dataclass(frozen=True)
class Compared:
    """NDCG@10 on the last window of what is live and of what would replace it.

    difference   the new one's less the live one's, paired by user
    """

    known: Known
    users: int
    live: float
    new: float
    difference: Interval

    @property
    def verdict(self) -> str:
        """In a word; `level` where the difference may be chance."""
        if not self.difference.clear:
            return "level"
        return "better" if self.difference.mean > 0 else "worse"


@dataclass(frozen=True)
class Contender:
    """Vectors, and for each `known` the constants, the weights and the power."""

    vectors: Sequence[Vectors]
    blends: Mapping[Known, tuple[BlendSettings, Mapping[str, float]]]

    @classmethod
    def learned(
        cls, vectors: Sequence[Vectors], found: Mapping[Known, Chosen]
    ) -> Contender:
        """With the weights that were found on validation."""
        blends = {
            known: (walk.model_copy(update={"power": one.power}), one.weights)
            for known, (walk, one) in found.items()
        }
        return cls(vectors, blends)

    @classmethod
    def live(
        cls,
        vectors: Sequence[Vectors],
        versions: Sequence[ModelVersion],
        known: Sequence[Known],
    ) -> Contender:
        """With the published weights, or the default ones where requests take those."""
        return cls(vectors, {which: _published(versions, which) for which in known})


def compared(
    split: Split,
    live: Contender,
    new: Contender,
    *,
    users: int = 2_000,
    progress: Progress = SILENT,
) -> list[Compared]:
    """Both on the same window, each from what is known before it.

    users   the most people who are asked
    """
    edges, found = derived(split.train), []
    for known in new.blends:
        asked = split.under(known).drawn(users)
        models = {
            "live": _scores(split, live, known, edges),
            "new": _scores(split, new, known, edges),
        }
        report = evaluate(models, asked, [10], progress=progress)
        old, now = (report.value(name) for name in models)
        better = report.difference("new", "live")
        found.append(Compared(known, len(asked), old, now, better))
    return found


def _scores(split: Split, one: Contender, known: Known, edges: Derived) -> BlendScores:
    settings, weights = one.blends[known]
    side = fitted(split, one.vectors, settings, found=edges)
    return BlendScores(side.sources, complete(weights), known)


def _published(
    versions: Sequence[ModelVersion], known: Known
) -> tuple[BlendSettings, Mapping[str, float]]:
    for version in versions:
        name, live = version.card.name, version.status == "live"
        if name == f"blend_{known}" and live and not version.stale:
            settings = BlendSettings.from_properties(version.weights)
            return settings, {p: w for p, w in version.weights.items() if p in PARTS}
    return BlendSettings(), DEFAULT_WEIGHTS[known]
