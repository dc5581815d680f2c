"""Takes away all that was added to an adopted graph, in batches, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from basketweave.graph.neo4j.adopted.spelling import LABELS, PROPERTIES, TYPES
from basketweave.graph.neo4j.connection import Database
from basketweave.graph.schema import DATASET, NODE_TYPES
from basketweave.progress import SILENT, Progress

_BATCHES = "IN TRANSACTIONS OF 5000 ROWS"
_ALONE = """
    all(l IN labels(x) WHERE l IN $labels) AND all(k IN keys(x) WHERE k STARTS WITH $prefix)"""
"""Nodes that are ours alone: the owner's have a key, whatever became of their label."""


def remove(database: Database, progress: Progress = SILENT) -> Mapping[str, int]:
    """Remove it; how many relationships, nodes and labels of ours were there.

    It may be stopped at any time and done again: the `(:Dataset)` node goes last.
    """
    spelt = database.spelling.name
    theirs = database.unprefixed()
    _drop_indexes(theirs, {spelt(label) for label in LABELS})
    kinds = [spelt(kind) for kind in TYPES]
    ours = [spelt(label) for label in LABELS if label not in (*NODE_TYPES, DATASET)]
    mixed = [spelt(label) for label in NODE_TYPES]
    prefix = database.spelling.prefix
    with progress.task("Removing", len(kinds) + len(ours) + len(mixed) + 1) as advance:
        found = {"relationships": 0, "nodes": 0, "labels": 0}
        for kind in kinds:
            found["relationships"] += _delete(theirs, f"()-[x:{kind}]->()", "DELETE x")
            advance(1)
        for label in ours:
            found["nodes"] += _delete(theirs, f"(x:{label})", "DETACH DELETE x")
            advance(1)
        for label in mixed:
            # Categories and brands that are no nodes of the owner's are all ours.
            every = f"(x:{label}) WHERE {_ALONE}"
            found["nodes"] += _delete(
                theirs, every, "DETACH DELETE x", labels=mixed, prefix=prefix
            )
            found["labels"] += _strip(database, label)
            advance(1)
        dataset = f"(x:{spelt(DATASET)})"
        found["nodes"] += _delete(theirs, dataset, "DETACH DELETE x")
        advance(1)
    return found


def remove_ghosts(database: Database, labels: Iterable[str]) -> None:
    """Remove nodes of these labels of ours whose owner deleted them while they were read."""
    theirs, prefix = database.unprefixed(), database.spelling.prefix
    for label in map(database.spelling.name, labels):
        every = f"(x:{label}) WHERE {_ALONE}"
        _delete(theirs, every, "DETACH DELETE x", labels=[label], prefix=prefix)


def _delete(database: Database, match: str, what: str, **given: list[str] | str) -> int:
    ((n,),) = database.read(f"MATCH {match} RETURN count(x)", **given)
    if n:
        database.run_alone(f"MATCH {match} CALL (x) {{ {what} }} {_BATCHES}", **given)
    return int(n)


def _strip(database: Database, label: str) -> int:
    """Our label and properties off the owner's nodes."""
    theirs, spelt = database.unprefixed(), database.spelling.name
    names = [spelt(name) for name in PROPERTIES]
    vectors = f"{spelt('')}.+_v[0-9]+"
    ((n,),) = theirs.read(f"MATCH (x:{label}) RETURN count(x)")
    theirs.run_alone(
        f"""
        MATCH (x:{label})
        CALL (x) {{
          FOREACH (key IN [k IN keys(x) WHERE k IN $names OR k =~ $vectors] |
            SET x[key] = null)
          REMOVE x:{label}
        }} {_BATCHES}
        """,
        names=names,
        vectors=vectors,
    )
    return int(n)


def _drop_indexes(database: Database, labels: set[str]) -> None:
    """Constraints and indexes on our labels: with them, to remove vectors is slow."""
    for what in ("CONSTRAINT", "INDEX"):
        rows = database.read(
            f"SHOW {what}{'S' if what == 'CONSTRAINT' else 'ES'} "
            "YIELD name, labelsOrTypes RETURN name, labelsOrTypes"
        )
        for name, on in rows:
            if on and set(on) <= labels:
                database.write(f"DROP {what} `{name}` IF EXISTS")
