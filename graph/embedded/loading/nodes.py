"""Nodes and their attributes: create what is missing, set what differs."""

from __future__ import annotations

import polars as pl

from basketweave.graph.embedded.connection import Session
from basketweave.graph.embedded.loading.properties import fitted
from basketweave.graph.planned.nodes import Described


def write_nodes(session: Session, label: str, nodes: Described) -> int:
    """Create the missing nodes; set the properties that differ on the other nodes.

    A null removes a property. Properties without a column stay as they are. Returns how
    many nodes were created.
    """
    frame = fitted(session, label, nodes.rows)
    stand = _attributes(session, label, frame)
    bare = nodes.bare.sort("id")
    created = [
        _create(
            session,
            label,
            some.join(stand, on="id", how="anti", maintain_order="left"),
        )
        for some in (frame, bare)
    ]
    _update(session, label, frame, stand)
    return sum(created)


def update_nodes(session: Session, label: str, frame: pl.DataFrame) -> int:
    """Set the properties of `frame` (`id`, a column for each) where they differ.

    Unknown ids are left out. Returns how many nodes were changed.
    """
    frame = fitted(session, label, frame)
    return _update(session, label, frame, _attributes(session, label, frame))


def _create(session: Session, label: str, nodes: pl.DataFrame) -> int:
    columns = ", ".join(f"`{name}`" for name in nodes.columns)
    session.copy(f"{label}({columns})", nodes)
    return len(nodes)


def _update(
    session: Session, label: str, frame: pl.DataFrame, stand: pl.DataFrame
) -> int:
    # Numbered, since a property may be named as the column of ids is.
    names = {f"p{k}": n for k, n in enumerate(n for n in frame.columns if n != "id")}
    if not names:
        return 0
    both = frame.join(stand, on="id", suffix="\n")
    differs = pl.any_horizontal(
        pl.col(n).ne_missing(pl.col(f"{n}\n")) for n in names.values()
    )
    changed = both.filter(differs).select(key="id", **names)
    if len(changed):
        sets = ", ".join(f"n.`{name}` = {column}" for column, name in names.items())
        session.feed(
            f"LOAD FROM $rows MATCH (n:{label} {{id: key}}) SET {sets}", changed
        )
    return len(changed)


def _attributes(session: Session, label: str, frame: pl.DataFrame) -> pl.DataFrame:
    returned = ", ".join(f"n.`{name}` AS `{name}`" for name in frame.columns)
    return session.frame(f"MATCH (n:{label}) RETURN {returned}")
