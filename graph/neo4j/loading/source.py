"""What the tables of a source say of nodes and of relationships between them."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from basketweave.errors import SchemaError
from basketweave.graph.schema import (
    BRAND,
    CATALOGUE,
    CATEGORY,
    IN_CATEGORY,
    ITEM,
    LINK_KINDS,
    MADE_BY,
    SUBCATEGORY_OF,
    USER,
)
from basketweave.loaders.tables import Tables

_NO_BRANDS = pl.DataFrame(schema={"src": pl.String, "dst": pl.String})


@dataclass(frozen=True)
class Links:
    """Pairs `src`, `dst` of ids for one relationship type.

    Where `single`, a source has one target, or none (null): another one goes.
    """

    kind: str
    ends: tuple[str, str]
    pairs: pl.DataFrame
    single: bool = False


def nodes_of(tables: Tables) -> dict[str, tuple[pl.DataFrame, pl.Series]]:
    """For each label the described nodes, and all ids that are named anywhere.

    What is only named becomes a node without attributes, so that no event is lost.
    """
    named = pl.concat([tables.in_category["category"], tables.categories["parent"]])
    brands = _made_by(tables).select(id="dst").drop_nulls().unique(maintain_order=True)
    return {
        USER: (tables.users, tables.events["user"]),
        ITEM: (tables.items.drop("brand", strict=False), tables.events["item"]),
        CATEGORY: (tables.categories.drop("parent"), named),
        BRAND: (brands, brands["id"]),
    }


def links_of(tables: Tables) -> list[Links]:
    """The catalogue's relationships, and the source's links between items."""
    inside = tables.in_category.select(src="item", dst="category")
    parents = tables.categories.select(src="id", dst="parent")
    found = [
        Links(IN_CATEGORY, CATALOGUE[IN_CATEGORY], inside),
        Links(SUBCATEGORY_OF, CATALOGUE[SUBCATEGORY_OF], parents, single=True),
        Links(MADE_BY, CATALOGUE[MADE_BY], _made_by(tables), single=True),
    ]
    for (kind,), pairs in tables.links.group_by("kind", maintain_order=True):
        if kind not in LINK_KINDS:
            raise SchemaError(
                f"{kind!r} is not a kind of link. Use one of {', '.join(LINK_KINDS)}."
            )
        found.append(Links(str(kind), (ITEM, ITEM), pairs.select("src", "dst")))
    return found


def _made_by(tables: Tables) -> pl.DataFrame:
    if "brand" not in tables.items.columns:
        return _NO_BRANDS
    return tables.items.select(src="id", dst=pl.col("brand").cast(pl.String))
