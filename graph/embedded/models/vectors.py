"""The vectors of a published version, in two node tables of their own."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from basketweave.graph.embedded import schema
from basketweave.graph.embedded.connection import Session
from basketweave.graph.embedded.exporting.arrays import array, matrix
from basketweave.graph.embedded.models.versions import versions
from basketweave.graph.planned.vectors import check_vectors
from basketweave.graph.schema import ITEM, USER
from basketweave.graph.subgraph import FloatArray, IntArray
from basketweave.graph.vectors import ModelVersion, Vectors


def read_vectors(session: Session, version: ModelVersion) -> Vectors:
    """The vectors of a version, in the order in which they were published."""
    check_vectors(version)
    users, user_vectors = _in_order(session, USER, version)
    items, item_vectors = _in_order(session, ITEM, version)
    return Vectors(version.card, users, items, user_vectors, item_vectors)


def rows(
    session: Session, label: str, version: ModelVersion
) -> tuple[pl.Series, FloatArray]:
    """Ids (n,) and vectors (n, d) of one node type, in the engine's order."""
    ids, vectors, _ = _stored(session, label, version)
    return ids, vectors


def of_user(session: Session, version: ModelVersion, user: str) -> FloatArray | None:
    """The vector (d,) of one user; None where the version has none."""
    found = session.rows(
        f"MATCH (v:{table(USER, version)} {{id: $user}}) RETURN v.vector",
        {"user": user},
    )
    return np.array(found[0][0], np.float32) if found else None


def table(label: str, version: ModelVersion) -> str:
    """The name of the node table with a version's vectors: `ItemVector_gat_v3`."""
    return f"{label}Vector_{version.key}"


def _in_order(
    session: Session, label: str, version: ModelVersion
) -> tuple[pl.Series, FloatArray]:
    """As `rows`, but in the order in which the vectors were published."""
    ids, vectors, position = _stored(session, label, version)
    order = np.argsort(position)
    return ids[order], np.ascontiguousarray(vectors[order])


def _stored(
    session: Session, label: str, version: ModelVersion
) -> tuple[pl.Series, FloatArray, IntArray]:
    found = session.arrow(
        f"MATCH (v:{table(label, version)}) RETURN v.id AS id, v.vector, v.position"
    )
    ids = pl.DataFrame(pl.from_arrow(found.select([0]))).to_series()
    return ids, matrix(found.column(1), version.dim), array(found.column(2))


def has_nodes(session: Session, label: str, ids: pl.Series) -> npt.NDArray[np.bool_]:
    """Whether the store has a node for each of the ids (n,)."""
    stored = session.frame(f"MATCH (n:{label}) RETURN n.id AS id")["id"]
    return ids.is_in(stored.implode()).to_numpy()


def remove_unpublished(session: Session) -> None:
    """Drop the vectors of versions that were removed, or whose writing failed."""
    published = versions(session)
    kept = {table(label, one) for label in (USER, ITEM) for one in published}
    marks = tuple(f"{label}Vector_" for label in (USER, ITEM))
    for name in schema.names(session):
        if name.startswith(marks) and name not in kept:
            session.do(f"DROP TABLE {name}")


def write_vectors(
    session: Session,
    label: str,
    version: ModelVersion,
    ids: pl.Series,
    vectors: FloatArray,
) -> None:
    """Make and fill the table of a version's vectors for one node type."""
    name, dim = table(label, version), version.dim
    session.do(
        f"CREATE NODE TABLE {name}"
        f"(id STRING PRIMARY KEY, position INT64, vector FLOAT[{dim}])"
    )
    flat = pa.array(np.ascontiguousarray(vectors, np.float32).ravel())
    session.copy(
        name,
        pa.table(
            {
                "id": ids.to_arrow(),
                "position": pa.array(np.arange(len(ids))),
                "vector": pa.FixedSizeListArray.from_arrays(flat, dim),
            }
        ),
    )
