"""Derived relationships between items, and numbers on items."""

from __future__ import annotations

import polars as pl

from basketweave.errors import DataError, SchemaError
from basketweave.graph.embedded.distinct import first_of_each, same_rows
from basketweave.graph.embedded.session import Session
from basketweave.graph.embedded.tables import COLUMNS, create_relationships
from basketweave.graph.schema import DERIVED, ITEM

_POLARS = {"INT64": pl.Int64, "FLOAT": pl.Float32}


def replace(session: Session, kind: str, edges: pl.DataFrame) -> int:
    """Make `edges` the relationships of this derived kind; write only a difference.

    Any difference replaces the table inside the caller's transaction, so a reader
    sees all the old or all the new ones. One by one would not be quicker: deleting
    50,000 of a million takes 3 s, filling a new table with the million 2 s.
    """
    edges = _checked(kind, edges)
    known = _ids(session)
    inside = edges.join(known, left_on="src", right_on="id", how="semi")
    inside = inside.join(known, left_on="dst", right_on="id", how="semi")
    if not _stand(session, kind, inside):
        session.do(f"DROP TABLE {kind}")
        create_relationships(session, kind)
        session.copy(kind, inside)
    return len(inside)


def _checked(kind: str, edges: pl.DataFrame) -> pl.DataFrame:
    if kind not in DERIVED:
        raise SchemaError(f"{kind!r} is not derived. Use one of {', '.join(DERIVED)}.")
    types = {name: _POLARS[t] for name, t in COLUMNS[kind].items()}
    missing = [name for name in ("src", "dst", *types) if name not in edges.columns]
    if missing:
        raise DataError(f"{kind} edges need the columns {', '.join(missing)}.")
    pairs = first_of_each(edges, ["src", "dst"])
    return pairs.select("src", "dst", *(pl.col(n).cast(t) for n, t in types.items()))


def _ids(session: Session) -> pl.DataFrame:
    return session.frame(f"MATCH (i:{ITEM}) RETURN i.id AS id")


def _stand(session: Session, kind: str, edges: pl.DataFrame) -> bool:
    """Whether exactly these stand already."""
    names = list(COLUMNS[kind])
    returned = ", ".join(f"r.{name} AS {name}" for name in names)
    there = session.frame(
        f"MATCH (a:{ITEM})-[r:{kind}]->(b:{ITEM}) "
        f"RETURN a.id AS src, b.id AS dst, {returned}"
    )
    return same_rows(there, edges)
