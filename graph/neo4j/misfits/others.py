"""(:Dataset) and (:Model) nodes of others, and constraints that are missing."""

from __future__ import annotations

from collections.abc import Iterator

from basketweave.graph.neo4j.connection import Database
from basketweave.graph.neo4j.models.ours import IS_OURS
from basketweave.graph.neo4j.schema import missing
from basketweave.graph.store import Misfit


def misfits(database: Database) -> Iterator[Misfit]:
    """The misfits among (:Dataset) and (:Model) nodes, and missing constraints."""
    for label, ours in (("Dataset", "n.id = 'dataset'"), ("Model", IS_OURS)):
        where = f"MATCH (n:{label}) WHERE NOT coalesce({ours}, false)"
        n = database.read(f"{where} RETURN count(n)")[0][0]
        if n:
            yield Misfit(
                f"{n:,} ({label}) {'nodes are' if n > 1 else 'node is'} not as "
                "basketweave writes them, and left alone.",
                "Nothing is to be done, unless one was changed by hand.",
                f"{where} RETURN n",
                level="note",
            )
    yield from _unfinished(database)
    loaded = database.read("MATCH (d:Dataset {id: 'dataset'}) RETURN count(d)")[0][0]
    for one in missing(database) if loaded else ():
        yield Misfit(
            f"There is no {one}.",
            "The next load or derive makes it, if the user may: basketweave derive",
        )


def _unfinished(database: Database) -> Iterator[Misfit]:
    """What a derivation has staged and not put in place."""
    n, decided = database.read(
        """
        MATCH (s:Staged)
        RETURN
          count(CASE WHEN s.what <> 'flip' THEN 1 END),
          count(CASE WHEN s.what = 'flip' THEN 1 END) > 0
        """
    )[0]
    if n and decided:
        yield Misfit(
            f"A derivation broke off while it was put in place: {n:,} pieces are left.",
            "The next one finishes it: basketweave derive",
        )
    elif n:
        yield Misfit(
            f"A derivation is being written, or broke off: {n:,} pieces are staged, and "
            "nobody reads them.",
            "Where none runs, the next one takes them away: basketweave derive",
            level="note",
        )
