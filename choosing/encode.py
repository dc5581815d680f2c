"""An encoder's vectors for the validation, the test, and other windows."""

from __future__ import annotations

from pathlib import Path
from typing import Unpack

from basketweave.choosing.refit import How, asked, refit
from basketweave.choosing.windows import Windows
from basketweave.graph.known import Known
from basketweave.graph.saved import load_vectors, save_vectors
from basketweave.graph.subgraph import Subgraph
from basketweave.graph.vectors import Vectors
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
    **how: Unpack[How],
) -> tuple[Vectors, Vectors]:
    """Vectors for the validation window, and for the test window.

    The second training uses the config `final`, by default `config`, and runs as many
    epochs as were best in the first. Windows without a refit need no second training.
    `folder` keeps both trainings, so that another call goes on where this one stopped.
    """
    files = [folder / f"{config.name}-{side}.npz" for side in ("validation", "test")]
    if all(file.exists() for file in files):
        return load_vectors(files[0]), load_vectors(files[1])
    chosen, last = refit(
        windows.validation.train,
        windows.validation.under(known),
        windows.again,
        config,
        final=final,
        folder=folder,
        **how,
    )
    found = chosen.vectors, asked(last, windows.test)
    for vectors, file in zip(found, files, strict=True):
        save_vectors(vectors, file)
    return found


def encode_again(
    past: Subgraph,
    config: EncoderConfig,
    chosen: Vectors,
    file: Path,
    **how: Unpack[How],
) -> Vectors:
    """Vectors for one more window, trained as long as was best for `chosen`.

    past   the events before the window
    file   where the vectors are kept
    """
    if not file.exists():
        if isinstance(config, TrainingConfig):
            config = config.ending_after(int(chosen.card.metrics["best epoch"]))
        save_vectors(train(past, config, **how).vectors, file)
    return load_vectors(file)
