"""Checks of vectors: which of them have a node in the store, and which do not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import polars as pl

from basketweave.errors import DataError, NotFoundError
from basketweave.graph.vectors import ModelVersion, Vectors


def check_vectors(version: ModelVersion) -> None:
    """Raise `NotFoundError` for a version without vectors, as that of a blend is."""
    if not version.dim:
        raise NotFoundError(f"'{version.key}' has weights, and no vectors.")


def placed(
    vectors: Vectors, users: npt.NDArray[np.bool_], items: npt.NDArray[np.bool_]
) -> tuple[Vectors, dict[str, int]]:
    """The vectors whose node exists, and how many users and items were left out.

    users (U,), items (I,)   whether the store has a node for each id

    Raises `DataError` where the store has none of the users, or none of the items: such
    vectors belong to another store.
    """
    name = vectors.card.name
    left_out = {}
    for what, ids, there in (
        ("users", vectors.users, users),
        ("items", vectors.items, items),
    ):
        if len(ids) and not there.any():
            raise DataError(
                f"The store has none of the {len(ids):,} {what} of '{name}', such as "
                f"{ids[0]!r}: these vectors are of another store, and nothing was "
                "changed. Train on this one, or load what they are of first."
            )
        if not there.all():
            left_out[what] = int((~there).sum())
    if not left_out:
        return vectors, left_out
    kept = replace(
        vectors,
        users=vectors.users.filter(pl.Series(users)),
        items=vectors.items.filter(pl.Series(items)),
        user_vectors=vectors.user_vectors[users],
        item_vectors=vectors.item_vectors[items],
    )
    return kept, left_out
