"""From a subgraph to an evaluated blend: derive, encode, learn weights, compare.

Everything that is chosen (epochs, weights, power) is chosen on the window before the
test; the test part is ranked once, by what was then refitted on all before it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from basketweave.blend.request import Known
from basketweave.blend.scores import BlendScores
from basketweave.blend.settings import BlendSettings
from basketweave.blend.sources import Sources, sources, with_settings
from basketweave.evaluation.splits import Split, time_split
from basketweave.graph.derive import DeriveConfig, Derived, derived
from basketweave.graph.saved import load_vectors, save_vectors
from basketweave.graph.subgraph import Subgraph
from basketweave.graph.vectors import Vectors
from basketweave.progress import SILENT, Progress
from basketweave.serving.learn import POWERS, Learned, learn
from basketweave.tracking import UNTRACKED, Tracker
from basketweave.training.encoder import EncoderConfig
from basketweave.training.learner import TrainingConfig
from basketweave.training.loop import train


@dataclass(frozen=True)
class Windows:
    """The two questions: `validation`, to choose by, and `test`, to report."""

    validation: Split
    test: Split

    @classmethod
    def of(cls, full: Subgraph, days: float = 28) -> Windows:
        """The last `days`, and the `days` before them."""
        test = time_split(full, days=days)
        return cls(time_split(test.train, days=days), test)


@dataclass(frozen=True)
class Fitted:
    """One window's side of the experiment: what was known before it."""

    split: Split
    derived: Derived
    vectors: Sequence[Vectors]
    sources: Sources


def encode(
    windows: Windows,
    config: EncoderConfig,
    folder: Path,
    *,
    final: EncoderConfig | None = None,
    known: Known = "any",
    seed: int = 0,
    device: str = "auto",
    progress: Progress = SILENT,
    tracker: Tracker = UNTRACKED,
) -> tuple[Vectors, Vectors]:
    """Vectors for the validation window, and for the test window.

    The second training is of `final`, by default of the same config, and runs as many
    epochs as were best in the first. Both are kept in `folder`, so that doing it
    again takes up where it stopped.
    """
    files = [folder / f"{config.name}-{side}.npz" for side in ("validation", "test")]
    if all(file.exists() for file in files):
        return load_vectors(files[0]), load_vectors(files[1])
    chosen = train(
        windows.validation.train,
        config,
        validation=windows.validation.under(known),
        seed=seed,
        device=device,
        checkpoint=_checkpoint(folder, config, "validation"),
        progress=progress,
        tracker=tracker,
    )
    save_vectors(chosen.vectors, files[0])
    final = final or config
    if isinstance(final, TrainingConfig):
        final = final.ending_after(chosen.best_epoch)
    last = train(
        windows.test.train,
        final,
        seed=seed,
        device=device,
        checkpoint=_checkpoint(folder, final, "test"),
        progress=progress,
        tracker=tracker,
    )
    save_vectors(last.vectors, files[1])
    return chosen.vectors, last.vectors


def fitted(
    split: Split,
    vectors: Sequence[Vectors],
    settings: BlendSettings,
    config: DeriveConfig | None = None,
    found: Derived | None = None,
) -> Fitted:
    """Derive from the window's own past, and gather what its parts need.

    `found` saves the derivation where it was done before.
    """
    found = found or derived(split.train, config)
    parts = sources(split.train, found.edges, found.scores, vectors, settings)
    return Fitted(split, found, vectors, parts)


def choose(
    validation: Fitted,
    known: Sequence[Known] = ("any", "new"),
    progress: Progress = SILENT,
    users: int = 2_000,
    powers: Sequence[float] | None = None,
) -> dict[Known, Learned]:
    """The best weights and power for each `known`, by NDCG@10 on validation."""
    window, powers = [(validation.sources, validation.split)], powers or POWERS
    return {
        which: learn(window, which, users=users, powers=powers, progress=progress)
        for which in known
    }


@dataclass(frozen=True)
class Choice:
    """What the blend reached on validation with one encoder's vectors."""

    encoder: str
    learned: Mapping[Known, Learned]

    @property
    def ndcg(self) -> float:
        """The mean NDCG@10 over the kinds of request."""
        return sum(found.ndcg for found in self.learned.values()) / len(self.learned)


def contenders(
    side: Fitted, learned: Mapping[Known, Learned], known: Known
) -> dict[str, BlendScores]:
    """The blend and each of its parts alone, as models to evaluate."""
    chosen = learned[known]
    parts = with_settings(side.sources, power=chosen.power)
    single = [part for part, weight in chosen.weights.items() if weight > 0]
    models = {f"part: {p}": BlendScores(parts, {p: 1.0}, known) for p in single}
    return {**models, "blend": BlendScores(parts, chosen.weights, known)}


def _checkpoint(folder: Path, config: EncoderConfig, side: str) -> Path | None:
    if not isinstance(config, TrainingConfig):
        return None
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{config.name}-{side}.pt"
