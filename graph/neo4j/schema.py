"""Constraints and indexes, from the file that docker-compose applies too."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from basketweave.errors import SchemaError
from basketweave.graph.neo4j.connection import Database
from basketweave.queries import text

_WHAT = re.compile(
    r"CREATE (?P<kind>CONSTRAINT|FULLTEXT INDEX|INDEX) (?P<name>\w+) IF NOT EXISTS\s+"
    r"FOR \(\w+:(?P<label>\w+)\) (?:REQUIRE|ON)(?P<rest>[^{]*)"
)
_KINDS = {
    "CONSTRAINT": ("UNIQUENESS", "NODE_KEY"),
    "FULLTEXT INDEX": ("FULLTEXT",),
    "INDEX": ("RANGE",),
}
_STANDING = """
    SHOW {what}
    YIELD name, type, labelsOrTypes, properties
    RETURN name, type, coalesce(labelsOrTypes, []), coalesce(properties, [])
    """


@dataclass(frozen=True)
class SchemaRule:
    """One statement of `queries/schema.cypher`: a constraint or an index."""

    statement: str
    kind: str
    name: str
    label: str
    properties: tuple[str, ...]

    def __str__(self) -> str:
        on = f"({self.label}).{'/'.join(self.properties)}"
        if self.kind == "CONSTRAINT":
            return f"constraint that keeps {on} unique"
        return f"{self.kind.lower()} on {on}"

    def named(self, name: str) -> str:
        """The statement with another name for the constraint or index."""
        return self.statement.replace(f" {self.name} ", f" {name} ", 1)


def statements() -> list[str]:
    """The statements of `queries/schema.cypher`, without comments."""
    lines = [line for line in text("schema").splitlines() if line[:2] != "//"]
    return [s.strip() for s in "\n".join(lines).split(";") if s.strip()]


def rules() -> list[SchemaRule]:
    """The constraints and indexes that the statements make."""
    return [_rule(statement) for statement in statements()]


def missing(database: Database) -> list[SchemaRule]:
    """The constraints and indexes that the database lacks.

    Their names do not count: somebody else may have made them under other names.
    """
    there = {
        (kind, *labels, *properties)
        for what in ("CONSTRAINTS", "INDEXES")
        for _, kind, labels, properties in database.read(_STANDING.format(what=what))
    }
    return [one for one in rules() if not any(on in there for on in _on(database, one))]


def apply_schema(database: Database) -> None:
    """Create the missing constraints and indexes, and wait until they can be used.

    Where a name is taken by something else, another name is used: `IF NOT EXISTS` would
    silently do nothing. Raises `SchemaError` where one cannot be made.
    """
    gaps = missing(database)
    if not gaps:
        return
    taken = database.read(_STANDING.format(what="INDEXES"))
    taken += database.read(_STANDING.format(what="CONSTRAINTS"))
    names, spelt = {name for name, *_ in taken}, database.spelling.name
    for one in gaps:
        _refuse_bare_index(database, one, taken)
        free = spelt(one.name) not in names
        database.write(one.named(one.name if free else f"basketweave_{one.name}"))
    if left := missing(database):
        raise SchemaError(
            f"The {left[0]} could not be made: its name basketweave_{left[0].name} is "
            "taken too. Drop or rename what has it: SHOW INDEXES; SHOW CONSTRAINTS"
        )
    database.read("CALL db.awaitIndexes(300)")


def _rule(statement: str) -> SchemaRule:
    found = _WHAT.match(statement)
    assert found is not None, (
        f"schema.cypher has a statement of no known form: {statement}"
    )
    properties = tuple(re.findall(r"\w+\.(\w+)", found["rest"]))
    return SchemaRule(
        statement, found["kind"], found["name"], found["label"], properties
    )


def _on(database: Database, one: SchemaRule) -> list[tuple[str, ...]]:
    """What it is on in this graph, as each kind that serves it."""
    spelt = database.spelling
    properties = map(spelt.property, one.properties)
    on = (spelt.name(one.label), *properties)
    return [(kind, *on) for kind in _KINDS[one.kind]]


def _refuse_bare_index(
    database: Database, one: SchemaRule, taken: list[list[Any]]
) -> None:
    """Raise `SchemaError` where an index is in the way of this constraint."""
    on = {found[1:] for found in _on(database, one)}
    for name, kind, labels, properties in taken:
        same = (*labels, *properties) in on
        if one.kind == "CONSTRAINT" and kind == "RANGE" and same:
            raise SchemaError(
                f"The index {name} stands where the {one} is to be. Drop it, the "
                f"constraint does the same: DROP INDEX `{name}`"
            )
