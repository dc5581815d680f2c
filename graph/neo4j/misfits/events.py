"""Relationships of people and items that were made or changed by hand."""

from __future__ import annotations

from collections.abc import Iterator

from basketweave.graph.neo4j.connection import Database
from basketweave.graph.schema import DERIVED, EVENT_KINDS
from basketweave.graph.store import Misfit

_PAIRS = """
    MATCH (u:User)-[r:{kind}]->(i:Item)
    WITH u, i, r, r.times AS times, r.values AS given
    WITH *, times IS :: LIST<INTEGER NOT NULL> NOT NULL AND size(times) > 0 AS whole
    """
_DATED = "(whole OR times IS :: INTEGER NOT NULL OR r.at IS :: INTEGER NOT NULL)"
_SAID = "(times IS NOT NULL OR r.at IS NOT NULL)"
_VALUES = (
    "(given IS :: LIST<INTEGER> NOT NULL | LIST<FLOAT> NOT NULL AND "
    "size(given) = CASE WHEN whole THEN size(times) ELSE 1 END)"
)
_TESTS = {
    f"NOT {_DATED} AND NOT {_SAID}": (
        "no time: each counts as one event, before all others.",
        "Where the time is known, SET r.at to Unix seconds.",
    ),
    f"NOT {_DATED} AND {_SAID}": (
        "a time that is no whole number: each counts as one event, before all others.",
        "SET r.times to a list of Unix seconds, or r.at to one.",
    ),
    "whole AND any(k IN range(1, size(times) - 1) WHERE times[k] < times[k - 1])": (
        "times out of order.",
        "They are read in order all the same. Sort them, and `values` with them.",
    ),
    f"given IS NOT NULL AND NOT {_VALUES}": (
        "`values` that are not one number for each time: they count as unknown.",
        "SET r.values to as many numbers as r.times has, or REMOVE it.",
    ),
    "whole AND (r.count <> size(times) OR r.firstAt <> times[0] "
    "OR r.lastAt <> times[-1])": (
        "a `count`, `firstAt` or `lastAt` that its times do not bear out.",
        "SET r.count = size(r.times), r.firstAt = r.times[0], r.lastAt = r.times[-1].",
    ),
}
"""Conditions on the variables of `_PAIRS`, which reads each property once."""


def misfits(database: Database) -> Iterator[Misfit]:
    """The misfits among relationships: those of events, and derived ones."""
    for kind in EVENT_KINDS:
        ((there,),) = database.read(f"MATCH ()-[r:{kind}]->() RETURN count(r)")
        if there:
            yield from _of_kind(database, kind, there)
    for kind in DERIVED:
        yield from _weights(database, kind)


def _of_kind(database: Database, kind: str, there: int) -> Iterator[Misfit]:
    ours = _PAIRS.format(kind=kind)
    counts = ", ".join(f"count(CASE WHEN {test} THEN 1 END)" for test in _TESTS)
    ((between, *found),) = database.read(f"{ours} RETURN count(r), {counts}")
    for n, (test, (what, advice)) in zip(found, _TESTS.items(), strict=True):
        if n:
            where = f"{ours} WHERE {test} RETURN u.id, i.id, properties(r)"
            yield Misfit(
                f"{n:,} {kind} {_have(n)} {what}", advice, " ".join(where.split())
            )
    if there > between:
        yield Misfit(
            f"{there - between:,} {kind} {_lead(there - between)} not from a (User) to an "
            "(Item), and left out.",
            "Another relationship type keeps them apart.",
            f"MATCH (a)-[r:{kind}]->(b) WHERE NOT (a:User AND b:Item) RETURN a, r, b",
        )
    yield from _beside(database, kind)


def _beside(database: Database, kind: str) -> Iterator[Misfit]:
    """Misfits where a pair has several relationships of a kind.

    They come from CREATE where MERGE was meant.
    """
    inside = f"MATCH (u)-[r:{kind}]->(i:Item) WITH i, count(r) AS n WHERE n > 1"
    ((more,),) = database.read(
        f"MATCH (u:User) CALL (u) {{ {inside} RETURN sum(n - 1) AS more }} "
        "RETURN sum(more)"
    )
    if more:
        yield Misfit(
            f"{more:,} {kind} {_lead(more)} between two that have one already.",
            "Put their times into one relationship: a pair has one of each kind.",
            f"MATCH (u:User)-[r:{kind}]->(i:Item) WITH u, i, collect(r) AS r "
            "WHERE size(r) > 1 RETURN u.id, i.id, r",
        )


def _weights(database: Database, kind: str) -> Iterator[Misfit]:
    where = (
        f"MATCH (a:Item)-[r:{kind}]->(b:Item) "
        "WHERE NOT r.weight IS :: INTEGER NOT NULL | FLOAT NOT NULL"
    )
    n = database.read(f"{where} RETURN count(r)")[0][0]
    if n:
        yield Misfit(
            f"{n:,} {kind} {_have(n)} no number as `weight`: it counts as 0.",
            "Derive them again: basketweave derive",
            f"{where} RETURN a.id, b.id, properties(r)",
        )


def _have(n: int) -> str:
    return "relationships have" if n > 1 else "relationship has"


def _lead(n: int) -> str:
    return "relationships are" if n > 1 else "relationship is"
