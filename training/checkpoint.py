"""Model files and checkpoints: written whole or not at all, read without pickle."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from pydantic import TypeAdapter

from basketweave.errors import DataError
from basketweave.training.encoder import Encoder
from basketweave.training.learner import Learner
from basketweave.training.registry import ENCODERS
from basketweave.whole import whole

FORMAT = 1
_KNOWN: TypeAdapter[dict[str, list[str]]] = TypeAdapter(dict[str, list[str]])
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
    model = content.get("model")
    if model is None and "told" in content:
        raise DataError(
            f"'{path}' is the state of a training that was not finished, and no model. "
            "Train to the end; the model is then beside the vectors, in MODEL.pt."
        )
    if not isinstance(model, str) or model not in CONFIGS:
        raise DataError(
            f"'{path}' holds a '{model}', which this version does not know. "
            "Update basketweave, or train the model again."
        )
    try:
        return _restored(content, model)
    except DataError:
        raise
    except Exception as error:  # whatever a file's content leads a library to raise
        raise DataError(
            f"'{path}' holds a '{model}' of another version of basketweave, "
            "with other settings or parameters. Train the model again."
        ) from error


def _restored(content: Mapping[str, Any], model: str) -> Encoder:
    config = CONFIGS[model].model_validate_json(content["config"])
    encoder = config.restore(_KNOWN.validate_python(content["known"]))
    if isinstance(encoder, Learner):
        encoder.load_state_dict(content["state"])
        if not all(bool(p.isfinite().all()) for p in encoder.parameters()):
            raise ValueError("not finite")
        encoder.eval()
    return encoder


def write(path: Path, content: Mapping[str, Any]) -> None:
    """Write `path` whole or not at all, and to the disk itself."""
    held = io.BytesIO()  # torch hides why it could not write
    torch.save({"format": FORMAT, **content}, held)
    with whole(path) as beside, beside.open("wb") as file:
        file.write(held.getbuffer())
        file.flush()
        os.fsync(file.fileno())


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
