"""Which (:Model) nodes are of this package: others may use this label too."""

from __future__ import annotations

from itertools import count

from basketweave.graph.neo4j.connection import Database
from basketweave.graph.schema import check_name

_TEXTS = ("name", "kind", "part", "trainedAt", "recipe", "metrics", "libraries")

IS_OURS = " AND ".join(
    (
        "n.status IN ['writing', 'live', 'retired']",
        *(f"n.{name} IS :: INTEGER NOT NULL" for name in ("version", "dim")),
        *(f"n.{name} IS :: STRING NOT NULL" for name in _TEXTS),
        "n.weights IS NOT NULL",
    )
)
"""A condition on `n` in Cypher: null or false for a node of somebody else."""


def free_number(database: Database, name: str) -> int:
    """The first number after the last version whose names nobody else uses."""
    rows = database.read(
        """
        MATCH (n:Model {name: $name})
        WHERE n.version IS :: INTEGER NOT NULL
        RETURN coalesce(max(n.version), 0)
        """,
        name=name,
    )
    taken = {
        one
        for what in ("INDEXES", "CONSTRAINTS")
        for (one,) in database.read(f"SHOW {what} YIELD name RETURN name")
    }
    spelt = database.spelling.name
    return next(
        number
        for number in count(max(rows[0][0], 0) + 1)
        if not {spelt(f"{what}_{name}_v{number}") for what in ("item", "user")} & taken
        and not _in_use(database, check_name(f"{name}_v{number}"))
    )


def _in_use(database: Database, key: str) -> bool:
    """Whether nodes of somebody else have a property of this name."""
    some = " UNION ALL ".join(
        f"MATCH (n:{label}) WHERE n.{key} IS NOT NULL RETURN 1 AS one LIMIT 1"
        for label in ("Item", "User")
    )
    return bool(database.read(some))
