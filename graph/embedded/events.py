"""Events: one relationship each, told apart by user, item, kind and time."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from basketweave.graph.embedded.distinct import first_of_each
from basketweave.graph.embedded.session import Session
from basketweave.graph.embedded.tables import size
from basketweave.graph.schema import ITEM, USER

KEY = ("user", "item", "time")


@dataclass(frozen=True)
class Added:
    """Events that were new, those that stood already, and repeats in the source."""

    new: int
    already_there: int
    repeated: int


def add(session: Session, kind: str, events: pl.DataFrame) -> Added:
    """Add those that are not there yet; the nodes must be."""
    rows = events.select(*KEY, pl.col("value").cast(pl.Float32))
    single = first_of_each(rows, KEY)
    new = single if size(session, kind) == 0 else _not_there(session, kind, single)
    session.copy(kind, new)
    return Added(len(new), len(single) - len(new), len(events) - len(single))


def _not_there(session: Session, kind: str, events: pl.DataFrame) -> pl.DataFrame:
    """Compared by the engine's own node numbers: joining numbers beats joining text."""
    numbered = events
    for end, label in (("user", USER), ("item", ITEM)):
        nodes = session.frame(
            f"MATCH (n:{label}) RETURN n.id AS {end}, offset(id(n)) AS _{end}"
        )
        numbered = numbered.join(nodes, on=end, maintain_order="left")
    there = session.frame(
        f"MATCH (u:{USER})-[e:{kind}]->(i:{ITEM}) RETURN offset(id(u)) AS _user, "
        "offset(id(i)) AS _item, e.at AS time"
    )
    new = numbered.join(
        there, on=["_user", "_item", "time"], how="anti", maintain_order="left"
    )
    return new.select(*KEY, "value")
