"""All misfits, the worst first; and those that stop all reading and writing."""

from __future__ import annotations

from basketweave.errors import StoreError
from basketweave.graph.neo4j import recommended
from basketweave.graph.neo4j.connection import Database
from basketweave.graph.neo4j.misfits import events, nodes, others
from basketweave.graph.store import Misfit


def misfits(database: Database) -> list[Misfit]:
    """All misfits, those first that stop the store; it reads the whole graph once."""
    found = [
        *nodes.misfits(database),
        *events.misfits(database),
        *others.misfits(database),
        *recommended.misfits(database),
    ]
    return sorted(found, key=lambda one: not one.refused)


def refuse(database: Database, *, unique: bool) -> None:
    """Raise `StoreError` where ids are not text or not unique; see `nodes.unusable`."""
    for one in nodes.unusable(database, unique=unique):
        raise StoreError(str(one))
