"""Nodes of a graph of one's own, with ids as this package has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import polars as pl

from basketweave.errors import DataError
from basketweave.graph.neo4j.connection import Database
from basketweave.graph.schema import BRAND, CATEGORY, ITEM, USER
from basketweave.graph.tables import IdType
from basketweave.loaders.own_graph import statements
from basketweave.loaders.own_graph.mapping import GraphMapping, OwnGroups, OwnNodes

LABELS = {"users": USER, "items": ITEM, "categories": CATEGORY, "brands": BRAND}
_COLUMNS = ("title", "price", "stock", "category", "brand")


@dataclass(frozen=True)
class Found:
    """Nodes of one label, each with `node` (internal id), `id`, `known` (the id under
    which it was adopted) and what is read of it; how many have no usable key, and of
    which types the keys are."""

    rows: pl.DataFrame
    keyless: int = 0
    types: frozenset[type] = frozenset()

    @property
    def id_type(self) -> IdType:
        """As what ids are given back: text stays text, also where it is all digits."""
        return "int" if self.types == {int} else "str"

    @property
    def new(self) -> pl.DataFrame:
        """`node` and `id` of those that are not adopted yet, or under another id."""
        return self.rows.filter(pl.col("id").ne_missing(pl.col("known"))).select(
            "node", "id"
        )


def read_nodes(database: Database, mapping: GraphMapping) -> Mapping[str, Found]:
    """The nodes by what they are (`users`, `items`, `categories`, `brands`).

    Raises `DataError` where two have one key: whose events are whose?
    """
    named = {what: getattr(mapping, what) for what in LABELS}
    return {
        what: _read(database, mapping, nodes) for what, nodes in named.items() if nodes
    }


def read_pairs(database: Database, statement: str) -> pl.DataFrame:
    """Pairs of ids (`src`, `dst`) that a statement reads as keys."""
    rows = chain.from_iterable(row[0] for row in database.read(statement))
    pairs = [(id_of(a), id_of(b)) for a, b in rows]
    frame = pl.DataFrame(pairs, {"src": pl.String, "dst": pl.String}, orient="row")
    return frame.drop_nulls().sort("src", "dst")


def id_of(key: object) -> str | None:
    """The id of a node with this key: whole numbers and text name one, nothing else.

    >>> id_of(7), id_of("ALFKI"), id_of(1.5), id_of(True)
    ('7', 'ALFKI', None, None)
    """
    if isinstance(key, bool) or not isinstance(key, int | str) or key == "":
        return None
    return str(key)


def _read(database: Database, mapping: GraphMapping, nodes: OwnNodes) -> Found:
    text = statements.nodes_of(nodes, f"{mapping.prefix}_id")
    rows = list(chain.from_iterable(row[0] for row in database.read(text)))
    usable = [(row, name) for row in rows if (name := id_of(row[1])) is not None]
    _refuse_twice(nodes, usable)
    names = _COLUMNS[:1] if isinstance(nodes, OwnGroups) else _COLUMNS
    told = {
        "node": pl.Series([row[0] for row, _ in usable], dtype=pl.Int64),
        "id": pl.Series([name for _, name in usable], dtype=pl.String),
        "known": pl.Series([row[2] for row, _ in usable], dtype=pl.String),
    }
    for n, name in enumerate(names if usable and len(usable[0][0]) > 3 else ()):
        told[name] = _values(name, [row[3 + n] for row, _ in usable])
    types = frozenset(type(row[1]) for row, _ in usable)
    return Found(pl.DataFrame(told).sort("node"), len(rows) - len(usable), types)


def _values(name: str, values: Sequence[Any]) -> pl.Series:
    if name == "price":
        return pl.Series([_number(one) for one in values], dtype=pl.Float64)
    if name == "stock":
        return pl.Series([_in_stock(one) for one in values], dtype=pl.Boolean)
    told = [None if one is None else str(one) for one in values]
    return pl.Series(told, dtype=pl.String)


def _number(value: object) -> float | None:
    """A number, also where the graph has it as text."""
    try:
        return float(value) if isinstance(value, int | float | str) else None
    except ValueError:
        return None


def _in_stock(value: object) -> bool | None:
    if isinstance(value, bool):
        return value
    number = _number(value)
    return None if number is None else number > 0


def _refuse_twice(nodes: OwnNodes, usable: Sequence[tuple[Any, str]]) -> None:
    seen: dict[str, Any] = {}
    for row, name in usable:
        if name in seen:
            kinds = {type(row[1]), type(seen[name])}
            also = ", once a number and once text" if len(kinds) > 1 else ""
            raise DataError(
                f"Two (:{nodes.label}) have the {nodes.key} {name}{also}. Merge them, or "
                "name another key in the mapping: it has to tell each from all others."
            )
        seen[name] = row[1]
