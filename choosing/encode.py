"""`encode`: an encoder's vectors for the window to choose on, and for the test's."""

from __future__ import annotations

from pathlib import Path

from basketweave.choosing.windows import Windows
from basketweave.graph.known import Known
from basketweave.graph.saved import load_vectors, save_vectors
from basketweave.graph.vectors import Vectors
from basketweave.progress import SILENT, Progress
from basketweave.tracking import UNTRACKED, Tracker
from basketweave.training.encoder import EncoderConfig
from basketweave.training.learner import TrainingConfig
from basketweave.training.loop import train


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


def _checkpoint(folder: Path, config: EncoderConfig, side: str) -> Path | None:
    if not isinstance(config, TrainingConfig):
        return None
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{config.name}-{side}.pt"
