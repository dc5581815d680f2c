"""The Cypher that reads a graph of one's own, made from its mapping.

All names in it were checked (`facts`) and are quoted.
"""

from __future__ import annotations

from collections.abc import Mapping

from basketweave.loaders.own_graph.mapping import (
    GraphMapping,
    OwnCategories,
    OwnEvents,
    OwnGroups,
    OwnItems,
    OwnNodes,
)
from basketweave.loaders.own_graph.pattern import parse_pattern, quoted

CHUNK = 4_096
_TIME = """CASE
    WHEN t IS :: ZONED DATETIME NOT NULL THEN t.epochMillis
    WHEN t IS :: LOCAL DATETIME NOT NULL
      THEN datetime({datetime: t, timezone: $zone}).epochMillis
    WHEN t IS :: DATE NOT NULL THEN datetime({date: t, timezone: $zone}).epochMillis
  END"""
_SINCE = """$since IS NULL OR coalesce(
    t >= datetime({epochSeconds: $since}),
    t >= localdatetime(datetime({epochSeconds: $since})),
    t >= date(datetime({epochSeconds: $since})), t >= $number, t >= $text, true)"""


def nodes_of(nodes: OwnNodes, id_property: str) -> str:
    """Reads internal id, key, what we called the node, title, price, stock, groups."""
    names = [nodes.key, id_property]
    extra = ["title"] if isinstance(nodes, OwnCategories) else []
    if isinstance(nodes, OwnItems):
        extra = ["title", "price", "stock", "category", "brand"]
    found = [getattr(nodes, name) for name in extra]
    values = [f"n.{quoted(name)}" for name in names]
    values += [f"n.{quoted(name)}" if name else "null" for name in found]
    return (
        f"MATCH (n:{quoted(nodes.label)})\n"
        f"RETURN collect([id(n), {', '.join(values)}]), id(n) / {CHUNK}"
    )


def links_of(mapping: GraphMapping, groups: OwnGroups) -> str:
    """Reads pairs of keys: an item, and what it belongs to."""
    items = mapping.items
    pattern = parse_pattern(groups.pattern).between(items.label, groups.label)
    return _pairs(pattern.cypher("a", "b"), items.key, groups.key)


def parents_of(groups: OwnCategories) -> str:
    """Reads pairs of keys: a category, and the one above it."""
    pattern = parse_pattern(groups.above or "").between(groups.label, groups.label)
    return _pairs(pattern.cypher("a", "b"), groups.key, groups.key)


def events_of(mapping: GraphMapping, events: OwnEvents) -> str:
    """Reads events of some users: user, item, time, value, basket and kind of each."""
    users, items = mapping.users, mapping.items
    wanted = f"UNWIND $users AS x\nMATCH (u:{quoted(users.label)})\nWHERE id(u) = x\n"
    told = ", ".join(f"{what} AS {name}" for name, what in _facts(mapping, events))
    return (
        f"{wanted}MATCH {_between(mapping, events)}\n"
        f"WITH u.{quoted(users.key)} AS user, i.{quoted(items.key)} AS item, {told}\n"
        f"WHERE {_SINCE}\n"
        f"RETURN collect([user, item, {_TIME},\n"
        "  CASE WHEN t IS :: INTEGER | FLOAT | STRING THEN t END, value, basket, kind])"
    )


def count_of(mapping: GraphMapping, events: OwnEvents) -> str:
    """Counts events, and those without a time."""
    facts = dict(_facts(mapping, events))
    return (
        f"MATCH {_between(mapping, events)}\n"
        f"RETURN count(*), count(CASE WHEN {facts['t']} IS NULL THEN 1 END)"
    )


def before_of(mapping: GraphMapping, events: OwnEvents) -> str:
    """Counts events that are not read again; all of those that have no time."""
    facts = dict(_facts(mapping, events))
    old = f"WITH {facts['t']} AS t\nWHERE NOT ({_SINCE})\n" if events.time else ""
    return f"MATCH {_between(mapping, events)}\n{old}RETURN count(*)"


def some_of(mapping: GraphMapping, events: OwnEvents) -> str:
    """Three events, as a person reads them."""
    facts = {name: what for name, what in _facts(mapping, events) if what != "null"}
    told = {"user": f"u.{quoted(mapping.users.key)}"}
    told["item"] = f"i.{quoted(mapping.items.key)}"
    told |= {{"t": "time"}.get(name, name): what for name, what in facts.items()}
    columns = ", ".join(f"{what} AS {name}" for name, what in told.items())
    return f"MATCH {_between(mapping, events)}\nRETURN {columns} LIMIT 3"


def all_of(mapping: GraphMapping) -> Mapping[str, str]:
    """Every statement that reads the graph, by what it reads."""
    id_property = f"{mapping.prefix}_id"
    told = {
        "users": nodes_of(mapping.users, id_property),
        "items": nodes_of(mapping.items, id_property),
    }
    for name in ("categories", "brands"):
        groups: OwnGroups | None = getattr(mapping, name)
        if groups:
            told[name] = nodes_of(groups, id_property)
            told[f"{name} of items"] = links_of(mapping, groups)
            if isinstance(groups, OwnCategories) and groups.above:
                told[f"{name} above others"] = parents_of(groups)
    for n, events in enumerate(mapping.events, 1):
        name = f"events {n}" if len(mapping.events) > 1 else "events"
        told[name] = events_of(mapping, events)
    return told


def _between(mapping: GraphMapping, events: OwnEvents) -> str:
    pattern = parse_pattern(events.pattern)
    return pattern.between(mapping.users.label, mapping.items.label).cypher("u", "i")


def _facts(mapping: GraphMapping, events: OwnEvents) -> list[tuple[str, str]]:
    """Column -> expression; `null` for what the mapping does not name."""
    pattern = parse_pattern(events.pattern)
    pattern = pattern.between(mapping.users.label, mapping.items.label)
    kind = events.kinds and events.kinds.property
    told = {"t": events.time, "value": events.value, "basket": events.basket}
    return [
        (name, pattern.property_of(one, "u", "i") if one else "null")
        for name, one in {**told, "kind": kind}.items()
    ]


def _pairs(pattern: str, first: str, last: str) -> str:
    return (
        f"MATCH {pattern}\nRETURN collect(DISTINCT [a.{quoted(first)}, "
        f"b.{quoted(last)}]), id(a) / {CHUNK}"
    )
