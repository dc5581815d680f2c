"""From a mapping to `Tables`."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import polars as pl

from basketweave.loaders.assemble import assemble
from basketweave.loaders.categories import category_tables
from basketweave.loaders.files.catalogue import read_catalogue
from basketweave.loaders.files.events import read_events
from basketweave.loaders.files.from_file import FromFile
from basketweave.loaders.files.mapping import Mapping, load_mapping
from basketweave.loaders.tables import Tables


def read_mapping(path: str | Path) -> Tables:
    """The tables that a mapping file describes."""
    return read_mapped(load_mapping(path))


def read_mapped(mapping: Mapping) -> Tables:
    """The tables that a mapping describes: its events, and its catalogue if any."""
    notes: dict[str, int] = {}
    events = read_events(mapping.folder, mapping.events)
    items = read_catalogue(mapping.folder, mapping.items) if mapping.items else None
    users = read_catalogue(mapping.folder, mapping.users) if mapping.users else None
    every = [found for found in (events, items, users) if found is not None]
    named = _once(items, "items", notes)
    categories, in_category = _categories(named)
    return assemble(
        mapping.name,
        events.good,
        users=_once(users, "users", notes),
        items=None if named is None else named.drop("paths", strict=False),
        categories=categories,
        in_category=in_category,
        quarantine=pl.concat([found.quarantine for found in every]),
        notes=notes,
        rows=_rows(every),
    )


def _rows(every: list[FromFile]) -> Counter[str]:
    """Rows read by file; events and items may stand in the same one."""
    rows: Counter[str] = Counter()
    for found in every:
        rows[found.file] += found.rows
    return rows


def _once(
    found: FromFile | None, what: str, notes: dict[str, int]
) -> pl.DataFrame | None:
    """One row an id, the first; `notes` tells how many there were besides."""
    if found is None:
        return None
    once = found.good.unique("id", keep="first", maintain_order=True)
    if len(found.good) > len(once):
        notes[f"{what} named again, the first kept"] = len(found.good) - len(once)
    return once


def _categories(
    items: pl.DataFrame | None,
) -> tuple[pl.DataFrame | None, pl.DataFrame | None]:
    if items is None or "paths" not in items.columns:
        return None, None
    return category_tables(items.select(item="id", path="paths").explode("path"))
