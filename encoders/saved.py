"""Model files: saving and loading an encoder's config, ids and parameters."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from basketweave.encoders.registry import ENCODERS
from basketweave.errors import DataError
from basketweave.graph.store import GraphStore
from basketweave.sequence.reader import HistoryReader
from basketweave.training.checkpoint import read, write
from basketweave.training.encoder import Encoder, EncoderConfig
from basketweave.training.learner import Learner

_IDS: TypeAdapter[dict[str, list[str]]] = TypeAdapter(dict[str, list[str]])


def save_encoder(encoder: Encoder, path: Path) -> None:
    """Write an encoder's config, ids and parameters to one file."""
    write(
        path,
        {
            "model": encoder.config.model,
            "config": encoder.config.model_dump_json(),
            "known": dict(encoder.ids),  # the key of all model files so far
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
    configs = {config.model: config for config in ENCODERS.values()}
    if not isinstance(model, str) or model not in configs:
        raise DataError(
            f"'{path}' holds a '{model}', which this version does not know. "
            "Update basketweave, or train the model again."
        )
    try:
        return _restored(content, configs[model])
    except DataError:
        raise
    except Exception as error:  # whatever a file's content leads a library to raise
        raise DataError(
            f"'{path}' holds a '{model}' of another version of basketweave, "
            "with other settings or parameters. Train the model again."
        ) from error


def load_reader(path: Path, store: GraphStore) -> HistoryReader:
    """The sequence encoder of a model file over the items of a store, ready to serve.

    Raises `DataError` for a file that is no model file, and `UsageError` where its
    encoder reads no sequences.
    """
    encoder = load_encoder(path)
    edges = getattr(encoder.config, "item_edges", ())
    return HistoryReader(encoder, store.export(kinds=None if edges else []))


def _restored(content: Mapping[str, Any], kind: type[EncoderConfig]) -> Encoder:
    config = kind.model_validate_json(content["config"])
    encoder = config.restore(_IDS.validate_python(content["known"]))
    if isinstance(encoder, Learner):
        encoder.load_state_dict(content["state"])
        if not all(bool(p.isfinite().all()) for p in encoder.parameters()):
            raise ValueError("not finite")
        encoder.eval()
    return encoder
