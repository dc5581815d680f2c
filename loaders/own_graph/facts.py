"""Whether a graph has what its mapping names: labels, types, properties, patterns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from basketweave.errors import UsageError
from basketweave.graph.neo4j.connection import Database
from basketweave.loaders.own_graph.mapping import (
    GraphMapping,
    OwnCategories,
    OwnEvents,
    OwnNodes,
)
from basketweave.loaders.own_graph.pattern import (
    Pattern,
    PatternPart,
    parse_pattern,
    quoted,
)
from basketweave.suggest import did_you_mean

_LOOKED_AT = 1_000  # nodes whose properties are named where one is missing


def check(database: Database, mapping: GraphMapping) -> None:
    """Raise `UsageError` with a line for each name that the graph does not have.

    database   asked in its owner's words
    """
    if mistakes := list(mistaken(database, mapping)):
        raise UsageError("\n".join(mistakes))


def mistaken(database: Database, mapping: GraphMapping) -> Iterator[str]:
    """A sentence for each name of the mapping that the graph does not have."""
    facts, wrong = _Facts(database), list[str]()
    for what in ("users", "items", "categories", "brands"):
        nodes: OwnNodes | None = getattr(mapping, what)
        if nodes is not None:
            wrong += facts.of_nodes(what, nodes)
    yield from wrong
    if wrong:  # of which the patterns would speak once more
        return
    for groups in filter(None, (mapping.categories, mapping.brands)):
        between = parse_pattern(groups.pattern).between
        yield from facts.of_pattern(between(mapping.items.label, groups.label))
        if isinstance(groups, OwnCategories) and groups.above:
            pattern = parse_pattern(groups.above).between(groups.label, groups.label)
            yield from facts.of_pattern(pattern)
    for events in mapping.events:
        yield from facts.of_events(mapping, events)


class _Facts:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._labels = self._column("CALL db.labels()")
        self._types = self._column("CALL db.relationshipTypes()")

    def of_nodes(self, what: str, nodes: OwnNodes) -> Iterator[str]:
        if nodes.label not in self._labels:
            yield _lacks("label", nodes.label, self._labels, what)
            return
        for field in type(nodes).model_fields:
            name = getattr(nodes, field)
            if name and field not in ("label", "pattern", "above"):
                yield from self._property(PatternPart(None, (nodes.label,)), name, what)

    def of_pattern(self, pattern: Pattern) -> Iterator[str]:
        wrong = []
        for part in pattern.parts:
            there = self._types if part.link else self._labels
            what = "relationship type" if part.link else "label"
            wrong += [
                _lacks(what, name, there, pattern.text)
                for name in part.names
                if name not in there
            ]
        yield from wrong
        find = f"MATCH {pattern.cypher('u', 'i')} RETURN 1 LIMIT 1"
        if not wrong and not self._database.read(find):
            yield f"Nothing in the graph is like {pattern.text}. Look at its directions."

    def of_events(self, mapping: GraphMapping, events: OwnEvents) -> Iterator[str]:
        pattern = parse_pattern(events.pattern)
        pattern = pattern.between(mapping.users.label, mapping.items.label)
        wrong = list(self.of_pattern(pattern))
        yield from wrong
        kind = events.kinds and events.kinds.property
        for reference in (events.time, events.value, events.basket, kind):
            if reference and not wrong:
                var, name = pattern.reference(reference)
                yield from self._property(pattern.part(var), name, pattern.text)

    def _property(self, part: PatternPart, name: str, where: str) -> Iterator[str]:
        one = quoted(name)
        find = f"{_match(part)} WHERE n.{one} IS NOT NULL RETURN 1 LIMIT 1"
        if self._database.read(find):
            return
        there = self._column(
            f"{_match(part)} WITH n LIMIT {_LOOKED_AT} UNWIND keys(n) AS key "
            "RETURN DISTINCT key"
        )
        yield _lacks(f"property of {':'.join(part.names)}", name, there, where)

    def _column(self, statement: str) -> list[str]:
        return [row[0] for row in self._database.read(statement)]


def _match(part: PatternPart) -> str:
    names = "|".join(map(quoted, part.names))
    if part.link:
        return f"MATCH ()-[n:{names}]->()"
    return f"MATCH (n:{names})" if names else "MATCH (n)"


def _lacks(what: str, name: str, there: Sequence[str], where: str) -> str:
    known = ", ".join(sorted(there)[:12]) or "none"
    return (
        f"{where}: the graph has no {what} '{name}'.{did_you_mean(name, there)} "
        f"It has: {known}."
    )
