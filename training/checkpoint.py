"""Model files and checkpoints: written whole or not at all, read without pickle."""

from __future__ import annotations

import os
import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from pydantic import ValidationError

from basketweave.errors import DataError
from basketweave.training.encoder import Encoder
from basketweave.training.learner import Learner
from basketweave.training.registry import ENCODERS
from basketweave.whole import whole

FORMAT = 1
CONFIGS = {config.model: config for config in ENCODERS.values()}


def save_encoder(encoder: Encoder, path: Path) -> None:
    """Write an encoder's config, ids and parameters to one file."""
    write(
        path,
        {
            "model": encoder.config.model,
            "config": encoder.config.model_dump_json(),
            "known": dict(encoder.known),
            "state": encoder.state_dict() if isinstance(encoder, Learner) else {},
        },
    )


def load_encoder(path: Path) -> Encoder:
    """The encoder that `save_encoder` wrote.

    Raises `DataError` where the file is missing, broken, or of another version.
    """
    content = read(path)
    if content["model"] not in CONFIGS:
        raise DataError(
            f"'{path}' holds a '{content['model']}', which this version does not know. "
            "Update basketweave, or train the model again."
        )
    try:
        config = CONFIGS[content["model"]].model_validate_json(content["config"])
        encoder = config.restore(content["known"])
        if isinstance(encoder, Learner):
            encoder.load_state_dict(content["state"])
            encoder.eval()
    except (ValidationError, RuntimeError) as error:
        raise DataError(
            f"'{path}' holds a '{content['model']}' of another version of basketweave, "
            "with other settings or parameters. Train the model again."
        ) from error
    return encoder


def write(path: Path, content: Mapping[str, Any]) -> None:
    """Write `path` whole or not at all, and to the disk itself."""
    with whole(path) as beside, beside.open("wb") as file:
        torch.save({"format": FORMAT, **content}, file)
        file.flush()
        os.fsync(file.fileno())


def read(path: Path) -> dict[str, Any]:
    """What `write` wrote; tensors on the CPU, and no code is run."""
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError as error:
        raise DataError(f"There is no model file '{path}'. Train one first.") from error
    except (RuntimeError, pickle.UnpicklingError, EOFError, ValueError) as error:
        raise DataError(
            f"'{path}' is not a whole model file. Delete it and train again."
        ) from error
    found = content.get("format") if isinstance(content, dict) else None
    if found != FORMAT:
        raise DataError(
            f"'{path}' has format {found}, this version reads {FORMAT}. "
            "Train the model again, or use the version that wrote it."
        )
    return dict(content)
