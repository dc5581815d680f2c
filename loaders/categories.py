"""Category trees from paths: every item names a path from a root downwards."""

from __future__ import annotations

import polars as pl

# Names have slashes (ICE - CRUSHED/CUBED) and commas, but hardly ever this; where
# one has, its sign is doubled in the id so that a path stays a path.
SEPARATOR = " > "
_DOUBLED = " >> "


def category_tables(paths: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """`categories` and `in_category` of `item`, `path` (a list of names, root first).

    A category's id is its whole path, so that "Sauces" below two departments are
    two categories. An item belongs to the last name of its path; an empty path,
    or a missing one, says nothing.
    """
    filed = paths.filter(pl.col("path").list.len() > 0)
    every = _beginnings(filed.select("path").unique())
    up = pl.col("path").list.head(pl.col("path").list.len() - 1)
    parent = pl.when(pl.col("path").list.len() > 1).then(_id(up))
    categories = every.select(
        id=_id(pl.col("path")), name=pl.col("path").list.last(), parent=parent
    )
    in_category = filed.select("item", category=_id(pl.col("path"))).unique(
        maintain_order=True
    )
    return categories.sort("id"), in_category


def _beginnings(paths: pl.DataFrame) -> pl.DataFrame:
    """The paths and whatever stands above them, each once."""
    depth = paths["path"].list.len().max()
    levels = range(1, (depth if isinstance(depth, int) else 0) + 1)
    heads = [paths.select(pl.col("path").list.head(n)) for n in levels]
    return pl.concat([paths, *heads]).unique()


def _id(path: pl.Expr) -> pl.Expr:
    part = pl.element().str.replace_all(SEPARATOR, _DOUBLED, literal=True)
    return path.list.eval(part).list.join(SEPARATOR)
