"""What an adopted graph's `(:Dataset)` node says of its mapping, and how far it is read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from basketweave.errors import UsageError
from basketweave.graph.neo4j.connection import Database
from basketweave.graph.neo4j.dataset import note_source
from basketweave.graph.tables import Tables

_READ = """
    MATCH (d:Dataset {id: 'dataset'})
    WHERE d.mapping IS NOT NULL
    RETURN d.mapping, d.marks, d.before
    """
_NEVER = -(2**62)


@dataclass(frozen=True)
class Claim:
    """A mapping as JSON, and how far the events of each of its patterns are read.

    marks    up to which second; None where all are to be read
    before   how many there are that are not read again the next time
    """

    mapping: str
    marks: tuple[int | None, ...] | None = None
    before: tuple[int, ...] = ()


def claimed(database: Database) -> Claim | None:
    """What was adopted under the database's prefix; None where nothing was."""
    rows = database.read(_READ)
    if not rows:
        return None
    mapping, marks, before = rows[0]
    told = None if marks is None else tuple(None if m == _NEVER else m for m in marks)
    return Claim(mapping, told, tuple(before or ()))


def claim(database: Database, new: Claim, tables: Tables) -> None:
    """Write first of all that the prefix is taken: what is broken off can go on then.

    Raises `UsageError` where somebody else has names that begin with the prefix.
    """
    if claimed(database) is None and (taken := list(_taken(database))):
        raise UsageError(
            f"The graph has {', '.join(taken)} already, which is not of basketweave. "
            "Name another prefix in the mapping."
        )
    note_source(database, tables)
    database.write(
        "MATCH (d:Dataset {id: 'dataset'}) SET d.mapping = $mapping",
        mapping=new.mapping,
    )


def note_marks(
    database: Database, marks: Sequence[int | None], before: Sequence[int]
) -> None:
    """Note how far the events of each pattern are read, as `Claim` has it."""
    told = [_NEVER if mark is None else mark for mark in marks]
    database.write(
        "MATCH (d:Dataset {id: 'dataset'}) SET d.marks = $told, d.before = $before",
        told=told,
        before=list(before),
    )


def forget_marks(database: Database) -> None:
    """Let all events be read the next time, whatever becomes of this one."""
    database.write("MATCH (d:Dataset {id: 'dataset'}) REMOVE d.marks, d.before")


def _taken(database: Database) -> Iterator[str]:
    """Labels, relationship types and properties in use that begin with the prefix.

    The server also names those of which no more than an index is left.
    """
    theirs, prefix = database.unprefixed(), database.spelling.prefix
    for what, names, found in (
        ("label", "CALL db.labels()", "MATCH (n) WHERE $name IN labels(n)"),
        (
            "relationship type",
            "CALL db.relationshipTypes()",
            "MATCH ()-[r]->() WHERE type(r) = $name",
        ),
        ("property", "CALL db.propertyKeys()", "MATCH (n) WHERE n[$name] IS NOT NULL"),
    ):
        for (name,) in theirs.read(names):
            if name.startswith(prefix) and theirs.read(
                f"{found} RETURN 1 LIMIT 1", name=name
            ):
                yield f"a {what} {name}"
