"""`Vectors` in a file, from training to publishing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from pydantic import TypeAdapter

from basketweave.errors import DataError
from basketweave.graph.vectors import ModelCard, Vectors
from basketweave.whole import whole

FORMAT = 2
_CARD = TypeAdapter(ModelCard)
_IDS: TypeAdapter[list[str]] = TypeAdapter(list[str])


def save_vectors(vectors: Vectors, path: Path) -> None:
    """Write the vectors to `path` (.npz), wholly or not at all."""
    with whole(path) as unfinished, unfinished.open("wb") as file:
        np.savez(
            file,
            format=np.array(FORMAT),
            card=np.array(json.dumps(asdict(vectors.card), default=str)),
            users=np.array(json.dumps(vectors.users.to_list())),
            items=np.array(json.dumps(vectors.items.to_list())),
            user_vectors=vectors.user_vectors,
            item_vectors=vectors.item_vectors,
            bare=np.zeros(0, bool) if vectors.bare is None else vectors.bare,
        )


def load_vectors(path: Path) -> Vectors:
    """The vectors that `save_vectors` wrote; raises `DataError` for any other file."""
    try:
        with np.load(path, allow_pickle=False) as file:
            return _read(path, file)
    except DataError:
        raise
    except FileNotFoundError:
        raise DataError(
            f"There are no vectors at {path}. Train some: basketweave train gat"
        ) from None
    except Exception as error:  # whatever a file's bytes lead a library to raise
        raise DataError(
            f"{path} is not a file of vectors. Train some: basketweave train gat"
        ) from error


def _read(path: Path, file: Mapping[str, Any]) -> Vectors:
    if int(file["format"]) != FORMAT:
        raise DataError(f"{path} was written by another version. Train again.")
    card = _CARD.validate_json(str(file["card"]))
    bare = file["bare"]
    users, items = (_IDS.validate_json(str(file[name])) for name in ("users", "items"))
    return Vectors(
        card,
        pl.Series(users, dtype=pl.String),
        pl.Series(items, dtype=pl.String),
        file["user_vectors"],
        file["item_vectors"],
        bare=bare if len(bare) else None,
    )
