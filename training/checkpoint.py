"""Checkpoints and model files: written whole or not at all, read without pickle."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from basketweave.errors import DataError
from basketweave.whole import whole, write_synced

FORMAT = 1


def write(path: Path, content: Mapping[str, Any]) -> None:
    """Write `path` whole or not at all, and to the disk itself."""
    held = io.BytesIO()  # torch hides why it could not write
    torch.save({"format": FORMAT, **content}, held)
    with whole(path) as beside:
        write_synced(beside, held.getbuffer(), private=False)


def read(path: Path) -> dict[str, Any]:
    """What `write` wrote; tensors on the CPU, and no code is run."""
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError as error:
        raise DataError(f"There is no model file '{path}'. Train one first.") from error
    except Exception as error:  # whatever a file's bytes lead a library to raise
        raise DataError(
            f"'{path}' is not a whole model file. Delete it and train again."
        ) from error
    found = content.get("format") if isinstance(content, dict) else None
    if isinstance(found, bool) or found != FORMAT:  # True == 1
        raise DataError(
            f"'{path}' has format {found}, this version reads {FORMAT}. "
            "Train the model again, or use the version that wrote it."
        )
    return {str(name): value for name, value in content.items()}
