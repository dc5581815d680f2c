"""From a mapping to `Tables`."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from basketweave.loaders.assemble import assemble
from basketweave.loaders.categories import category_tables
from basketweave.loaders.files.catalogue import read_catalogue
from basketweave.loaders.files.events import read_events
from basketweave.loaders.files.from_file import FromFile
from basketweave.loaders.files.mapping import File, Mapping, Users, load_mapping
from basketweave.loaders.tables import Tables


def read_mapping(path: str | Path) -> Tables:
    """The tables that a mapping file describes."""
    return read_mapped(load_mapping(path))


def read_mapped(mapping: Mapping) -> Tables:
    """The tables that a mapping describes: its events, and its catalogue if any."""
    notes: dict[str, int] = {}
    rows: dict[str, int] = {}
    bad: list[pl.DataFrame] = []

    def keep(found: FromFile, file: File) -> pl.DataFrame:
        rows[file.file] = rows.get(file.file, 0) + found.rows
        bad.append(found.quarantine)
        return found.good

    def catalogue(file: Users | None, what: str) -> pl.DataFrame | None:
        if file is None:
            return None
        found = keep(read_catalogue(mapping.folder, file), file)
        once = found.unique("id", keep="first", maintain_order=True)
        if len(found) > len(once):
            notes[f"{what} named again, the first kept"] = len(found) - len(once)
        return once

    events = keep(read_events(mapping.folder, mapping.events), mapping.events)
    items, users = catalogue(mapping.items, "items"), catalogue(mapping.users, "users")
    categories, in_category = _categories(items)
    return assemble(
        mapping.name,
        events,
        users=users,
        items=None if items is None else items.drop("paths", strict=False),
        categories=categories,
        in_category=in_category,
        quarantine=pl.concat(bad),
        notes=notes,
        rows=rows,
    )


def _categories(
    items: pl.DataFrame | None,
) -> tuple[pl.DataFrame | None, pl.DataFrame | None]:
    if items is None or "paths" not in items.columns:
        return None, None
    return category_tables(items.select(item="id", path="paths").explode("path"))
