"""All events of one kind, one row each."""

from __future__ import annotations

from collections.abc import Mapping

from basketweave.graph.embedded.connection import Session
from basketweave.graph.embedded.exporting.arrays import array, both, ends
from basketweave.graph.embedded.exporting.positions import Index
from basketweave.graph.embedded.schema import FINER, columns
from basketweave.graph.schema import ITEM, USER
from basketweave.graph.subgraph import Events


def read_history(
    session: Session, kind: str, index: Mapping[str, Index], as_of: int | None
) -> Events:
    """The events of one kind up to second `as_of` (None: all), in no order."""
    there = columns(session, kind)
    finer = [name for name in FINER if name in there]
    bound = "" if as_of is None else "WHERE e.at <= $as_of"
    found = session.arrow(
        f"""
        MATCH (u:{USER})-[e:{kind}]->(i:{ITEM}) {bound}
        RETURN {ends("u", "i")}, e.at, e.value
          {"".join(f", e.{name}" for name in finer)}
        """,
        {} if as_of is None else {"as_of": as_of},
    )
    user, item = both(found.column(0))
    time, value = (array(found.column(k)) for k in (1, 2))
    more = {name: array(found.column(k)) for k, name in enumerate(finer, 3)}
    return Events(
        index[USER].position[user], index[ITEM].position[item], time, value, **more
    )
