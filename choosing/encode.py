"""`encode`: an encoder's vectors for the window to choose on, and for the test's."""

from __future__ import annotations

from pathlib import Path
from typing import Unpack

from basketweave.choosing.refit import How, asked, refit
from basketweave.choosing.windows import Windows
from basketweave.graph.known import Known
from basketweave.graph.saved import load_vectors, save_vectors
from basketweave.graph.vectors import Vectors
from basketweave.training.encoder import EncoderConfig


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

    The second training is of `final`, by default of the same config, and runs as many
    epochs as were best in the first; windows without a refit need none. Both are kept
    in `folder`, so that doing it again takes up where it stopped.
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
