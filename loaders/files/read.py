"""From a mapping to `Tables`."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import polars as pl

from basketweave.graph.tables import Tables
from basketweave.loaders.assemble import assemble
from basketweave.loaders.categories import category_tables
from basketweave.loaders.files.catalogue import read_catalogue
from basketweave.loaders.files.events import read_events
from basketweave.loaders.files.from_file import FromFile
from basketweave.loaders.files.mapping import Mapping, load_mapping


def read_mapping(path: str | Path) -> Tables:
    """The tables that a mapping file describes."""
    return read_mapped(load_mapping(path))


def read_mapped(mapping: Mapping) -> Tables:
    """The tables that a mapping describes: its events, and its catalogue if any."""
    found = {"events": read_events(mapping.folder, mapping.events)}
    if mapping.items:
        found["items"] = read_catalogue(mapping.folder, mapping.items, "item")
    if mapping.users:
        found["users"] = read_catalogue(mapping.folder, mapping.users, "user")
    notes = dict(sum((Counter(part.notes) for part in found.values()), Counter()))
    named = _once(found.get("items"), "items", notes)
    categories, in_category = _categories(named)
    told = _told_apart(found)
    return assemble(
        mapping.name,
        found["events"].good,
        users=_once(found.get("users"), "users", notes),
        items=None if named is None else named.drop("paths", strict=False),
        categories=categories,
        in_category=in_category,
        quarantine=pl.concat([part.quarantine for part in told]),
        notes=notes,
        rows={name: count for part in told for name, count in part.rows.items()},
    )


def _told_apart(found: dict[str, FromFile]) -> list[FromFile]:
    """A file that two tables are read from counts for each: "e.csv (items)"."""
    times = Counter(name for part in found.values() for name in part.rows)
    shared = [name for name, count in times.items() if count > 1]
    parts = []
    for what, part in found.items():
        names = {name: f"{name} ({what})" for name in shared if name in part.rows}
        parts.append(
            replace(
                part,
                rows={names.get(name, name): n for name, n in part.rows.items()},
                quarantine=part.quarantine.with_columns(
                    pl.col("source").replace(names)
                ),
            )
        )
    return parts


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
