"""The relationships between nodes that the tables of a source name."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from basketweave.errors import SchemaError
from basketweave.graph.planned.nodes import in_category, made_by, parents
from basketweave.graph.schema import (
    IN_CATEGORY,
    LINK_KINDS,
    MADE_BY,
    RELATIONS,
    SUBCATEGORY_OF,
)
from basketweave.graph.tables import Tables


@dataclass(frozen=True)
class Links:
    """Pairs of ids (`src`, `dst`) for one relationship type, each pair once.

    only   the pairs are all that their sources have: other relationships of this type
           from these sources are removed; a null `dst` says that there is none
    """

    kind: str
    pairs: pl.DataFrame
    only: bool = False

    @property
    def ends(self) -> tuple[str, str]:
        """The labels of the nodes at both ends."""
        return RELATIONS[self.kind]


def links_of(tables: Tables) -> list[Links]:
    """The relationships of the catalogue, and the source's links between items.

    Raises `SchemaError` for an unknown kind of link.
    """
    found = [
        Links(IN_CATEGORY, in_category(tables), only=True),
        Links(SUBCATEGORY_OF, parents(tables), only=True),
        Links(MADE_BY, made_by(tables), only=True),
    ]
    for (kind,), pairs in tables.links.group_by("kind", maintain_order=True):
        if kind not in LINK_KINDS:
            raise SchemaError(
                f"{kind!r} is not a kind of link. Use one of {', '.join(LINK_KINDS)}."
            )
        found.append(Links(str(kind), pairs.select("src", "dst")))
    return [Links(o.kind, o.pairs.unique(maintain_order=True), o.only) for o in found]
