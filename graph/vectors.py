"""`Vectors`: one unit vector per user and per item, the form encoders publish.

The database's cosine of two such vectors IS the model's score, exactly: what was
measured offline is what is served.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import polars as pl

from basketweave.errors import DataError
from basketweave.graph.subgraph import FloatArray

VectorPart = Literal["gnn", "sequence", "content"]
PARTS: tuple[VectorPart, ...] = ("gnn", "sequence", "content")
Status = Literal["writing", "live", "retired"]
PARAMETERS = "parameters"
"""Where a card's recipe tells a hash of the trained parameters, if it does."""
DATA = "data"
"""Where it tells a hash of the data that `refresh` made it from, if it was that."""
NEW_ITEMS = "new_items"
"""Where it tells which encoder of texts placed the items without events, if one did."""


@dataclass(frozen=True)
class ModelCard:
    """What is known of a published model: the properties of its `(:Model)` node.

    `as_of` is the Unix second up to which it saw events (None: all of them);
    `part` is the part of the blend that its cosine feeds.
    """

    name: str
    kind: str = "encoder"
    part: VectorPart = "gnn"
    as_of: int | None = None
    seed: int | None = None
    recipe: Mapping[str, Any] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)
    libraries: Mapping[str, str] = field(default_factory=dict)

    def same_training(self, other: ModelCard) -> bool:
        """Whether both cards are of one model with the same parameters."""
        mine = self.name, self.recipe.get(PARAMETERS)
        return mine == (other.name, other.recipe.get(PARAMETERS))


@dataclass(frozen=True)
class ModelVersion:
    """One published version, as the store holds it.

    served_since   when it went live, or was last told to serve: of several live
                   encoders of a part the latest serves (None: not live yet)
    learned_with   of a blend: part -> key of the version that served when its weights
                   were learned
    stale          of a blend: whether another version serves one of those parts by
                   now; its weights are then not used
    left_out       what `publish` left out, as told once: 'users' and 'items' -> how
                   many vectors were of no node of the store
    """

    card: ModelCard
    version: int
    status: Status
    dim: int
    trained_at: str
    weights: Mapping[str, float] = field(default_factory=dict)
    served_since: str | None = None
    learned_with: Mapping[str, str] = field(default_factory=dict)
    stale: bool = False
    left_out: Mapping[str, int] = field(default_factory=dict, compare=False)

    @property
    def key(self) -> str:
        """The name of the version's property and index, such as `gat_v3`."""
        return f"{self.card.name}_v{self.version}"


def serving(versions: Iterable[ModelVersion]) -> dict[VectorPart, ModelVersion]:
    """part -> the live encoder that gives it: of several, the last told to serve."""
    live = [v for v in versions if v.status == "live" and v.card.kind == "encoder"]
    live.sort(key=lambda v: (v.served_since or v.trained_at, v.card.name))
    return {version.card.part: version for version in live}


def serving_keys(versions: Iterable[ModelVersion]) -> dict[str, str]:
    """part -> the key, such as `gat_v3`, of the live encoder that gives it."""
    return {part: version.key for part, version in serving(versions).items()}


@dataclass(frozen=True)
class Vectors:
    """Unit vectors of users and items, with the ids they belong to.

    users, items            ids as strings, in the order of the rows; numbers are taken
                            as the texts they are in the store
    user_vectors (U, d)     float32, each row of length 1
    item_vectors (I, d)     float32, each row of length 1
    bare (I,)               items of which the encoder knew nothing, which rank last
                            and are not published; None: there are none

    Raises `DataError` where a row is not finite, has no length, or the shapes
    disagree: such vectors never reach a store.
    """

    card: ModelCard
    users: pl.Series
    items: pl.Series
    user_vectors: FloatArray
    item_vectors: FloatArray
    bare: npt.NDArray[np.bool_] | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        for what in ("user", "item"):
            ids = _texts(self.card.name, what, getattr(self, f"{what}s"))
            rows = _numbers(self.card.name, what, getattr(self, f"{what}_vectors"))
            object.__setattr__(self, f"{what}s", ids)
            object.__setattr__(self, f"{what}_vectors", rows)
            _check(self.card.name, what, ids, rows)
        if self.user_vectors.shape[1] != self.item_vectors.shape[1]:
            raise DataError(
                f"'{self.card.name}' has {self.user_vectors.shape[1]}-wide user and "
                f"{self.item_vectors.shape[1]}-wide item vectors: they must agree."
            )
        bare = self.bare
        if bare is not None and (
            bare.dtype != bool or bare.shape != (len(self.items),)
        ):
            raise DataError(
                f"`bare` of '{self.card.name}' has type {bare.dtype} and shape "
                f"{bare.shape}: it takes one true or false for each item."
            )

    @property
    def dim(self) -> int:
        """The width d of every vector."""
        return int(self.item_vectors.shape[1])

    def published(self) -> Vectors:
        """These vectors without the bare items.

        Bare items all have the same vector, and an approximate index over many equal
        points misses neighbours: 43 of the true 100 nearest where 26,000 of 92,000
        items were bare.
        """
        if self.bare is None:
            return self
        kept = ~self.bare
        items, rows = self.items.filter(pl.Series(kept)), self.item_vectors[kept]
        return replace(self, items=items, item_vectors=rows, bare=None)


def unit(rows: npt.NDArray[np.floating[Any]]) -> FloatArray:
    """Rows scaled to length 1; a row of zeros stays zeros (and is refused later).

    >>> unit(np.array([[3.0, 4.0]])).round(1).tolist()
    [[0.6000000238418579, 0.800000011920929]]
    """
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    return (rows / np.maximum(length, 1e-12)).astype(np.float32)


def _texts(model: str, what: str, ids: pl.Series) -> pl.Series:
    """Ids as the store has them, whatever column they came in."""
    ids = ids if isinstance(ids, pl.Series) else pl.Series(list(ids))
    usable = ids.dtype.is_integer() or ids.dtype in (pl.String, pl.Categorical, pl.Enum)
    if len(ids) and (not usable or ids.null_count()):
        raise DataError(
            f"The {what} ids of '{model}' are of type {ids.dtype}, or some are missing. "
            "Give the ids of the store, as texts."
        )
    return ids.cast(pl.String)


def _numbers(model: str, what: str, rows: npt.ArrayLike) -> FloatArray:
    try:
        found = np.asarray(rows)
    except ValueError:
        found = np.array(None)
    if found.dtype.kind not in "fiu" or found.ndim != 2 or not found.shape[1]:
        raise DataError(
            f"The {what} vectors of '{model}' are of type {found.dtype} and shape "
            f"{found.shape}: they should be float32, a row for each {what}."
        )
    return found.astype(np.float32, copy=False)


def _check(model: str, what: str, ids: pl.Series, rows: FloatArray) -> None:
    if len(ids) != len(rows):
        raise DataError(
            f"'{model}' has {len(ids):,} {what} ids for vectors of shape {rows.shape}."
        )
    if ids.n_unique() != len(ids):
        raise DataError(f"'{model}' has the same {what} id twice among its vectors.")
    bad = ~np.isfinite(rows).all(axis=1)
    if bad.any():
        raise DataError(
            f"{int(bad.sum()):,} {what} vectors of '{model}' are not finite, the first "
            f"for {ids[int(bad.argmax())]!r}. Train again with a lower learning rate."
        )
    off = np.abs(np.linalg.norm(rows, axis=1) - 1) > 1e-3
    if off.any():
        raise DataError(
            f"{int(off.sum()):,} {what} vectors of '{model}' do not have length 1, the "
            f"first for {ids[int(off.argmax())]!r}. Use basketweave.graph.unit(rows)."
        )


def rows_for(wanted: pl.Series, ids: pl.Series, rows: FloatArray) -> FloatArray:
    """The rows of the `wanted` ids, in their order; zeros for an id not in `ids`.

    rows (N, d)   one row for each of `ids`
    """
    where = pl.DataFrame({"id": ids}).with_row_index("row")
    row = pl.DataFrame({"id": wanted}).join(
        where, on="id", how="left", maintain_order="left"
    )["row"]
    out = np.zeros((len(wanted), rows.shape[1]), np.float32)
    out[row.is_not_null().to_numpy()] = rows[row.drop_nulls().to_numpy()]
    return out
