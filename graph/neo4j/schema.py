"""Constraints and indexes, from the file that docker-compose applies too."""

from __future__ import annotations

from importlib.resources import files

from basketweave.errors import SchemaError
from basketweave.graph.neo4j.database import Database
from basketweave.graph.schema import SCHEMA_VERSION


def statements() -> list[str]:
    """The statements of `queries/schema.cypher`, without comments."""
    text = (files("basketweave.queries") / "schema.cypher").read_text("utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("//")]
    return [s.strip() for s in "\n".join(lines).split(";") if s.strip()]


def apply_schema(database: Database) -> None:
    """Create what is missing, and wait until it can be used."""
    for statement in statements():
        database.write(statement)
    database.read("CALL db.awaitIndexes(300)")


def check_version(found: int) -> None:
    """Raise `SchemaError` where a newer package has written this graph."""
    if found > SCHEMA_VERSION:
        raise SchemaError(
            f"The graph has schema version {found}, this package knows "
            f"{SCHEMA_VERSION}. Upgrade it: pip install --upgrade basketweave"
        )
