"""The last step of every reader: events and a catalogue become one `Tables`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import polars as pl

from basketweave.loaders.tables import (
    CATEGORIES,
    IN_CATEGORY,
    LINKS,
    QUARANTINE,
    IdType,
    Tables,
    empty,
)

EVENT_KEY = ["user", "item", "kind", "time"]
DUPLICATES = "exact duplicates among the events"


def assemble(
    name: str,
    events: pl.DataFrame,
    *,
    users: pl.DataFrame | None = None,
    items: pl.DataFrame | None = None,
    categories: pl.DataFrame | None = None,
    in_category: pl.DataFrame | None = None,
    links: pl.DataFrame | None = None,
    quarantine: pl.DataFrame | None = None,
    notes: Mapping[str, int] | None = None,
    rows: Mapping[str, int] | None = None,
) -> Tables:
    """`Tables` in which every event has its user and its item.

    A user or item that only the events name becomes a bare node: leaving it out
    would lose events. Each user's events come in time order, ties as in the source.
    """
    told = dict(notes or {})
    events = _in_time_order(events, told)
    _note(told, DUPLICATES, len(duplicates(events)))
    all_users = _complete(users, events["user"], "users", told)
    all_items = _items(items, events["item"], told)
    return Tables(
        name=name,
        users=all_users.select("id", pl.exclude("id")),
        items=all_items,
        events=events,
        categories=empty(CATEGORIES) if categories is None else categories,
        in_category=empty(IN_CATEGORY) if in_category is None else in_category,
        links=empty(LINKS) if links is None else links,
        quarantine=empty(QUARANTINE) if quarantine is None else quarantine,
        notes=told,
        rows=rows or {},
        user_ids=id_type(all_users["id"]),
        item_ids=id_type(all_items["id"]),
    )


def with_catalogue(
    tables: Tables,
    items: pl.DataFrame,
    *,
    categories: pl.DataFrame | None = None,
    in_category: pl.DataFrame | None = None,
    links: pl.DataFrame | None = None,
    quarantine: pl.DataFrame | None = None,
    notes: Mapping[str, int] | None = None,
    rows: Mapping[str, int] | None = None,
) -> Tables:
    """`tables` of events, and a catalogue of their items that stood elsewhere."""
    told = {**tables.notes, **(notes or {})}
    all_items = _items(items, tables.events["item"], told)
    bad = [tables.quarantine] if quarantine is None else [tables.quarantine, quarantine]
    return replace(
        tables,
        items=all_items,
        categories=empty(CATEGORIES) if categories is None else categories,
        in_category=empty(IN_CATEGORY) if in_category is None else in_category,
        links=empty(LINKS) if links is None else links,
        quarantine=pl.concat(bad),
        notes=told,
        rows={**tables.rows, **(rows or {})},
        item_ids=id_type(all_items["id"]),
    )


def id_type(ids: pl.Series) -> IdType:
    """ "int" where every id is an integer as Python writes it, within 64 bits.

    >>> id_type(pl.Series(["1", "20"])), id_type(pl.Series(["1", "020"]))
    ('int', 'str')
    """
    plain = ids == ids.cast(pl.Int64, strict=False).cast(pl.String)
    return "int" if plain.all(ignore_nulls=False) else "str"


def duplicates(events: pl.DataFrame) -> pl.Series:
    """Row numbers of events that repeat an earlier one in all of `EVENT_KEY`."""
    # Hashes first: rows that are alike have hashes that are alike, and few others
    # have. To sort numbers takes a quarter of the time and of the memory of
    # comparing 1.5 M rows.
    hashes = np.zeros(len(events), np.uint64)
    for seed, column in enumerate(EVENT_KEY):
        hashes += events[column].hash(seed).to_numpy()  # sums wrap around
    ordered = np.sort(hashes)
    twice = np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
    alike = pl.Series("hash", hashes).is_in(pl.Series("twice", twice).implode())
    rows = events.select(EVENT_KEY).with_row_index("row").filter(alike)
    return rows.filter(~pl.struct(EVENT_KEY).is_first_distinct())["row"]


def _in_time_order(events: pl.DataFrame, notes: dict[str, int]) -> pl.DataFrame:
    if events["time"].is_sorted():
        return events
    earlier = events.select((pl.col("time").diff() < 0).over("user").sum()).item()
    _note(notes, "events out of time order, sorted", earlier)
    return events.sort("time", maintain_order=True) if earlier else events


def _items(
    known: pl.DataFrame | None, named: pl.Series, notes: dict[str, int]
) -> pl.DataFrame:
    items = _complete(known, named, "items", notes)
    if "title" not in items.columns:
        items = items.with_columns(title=pl.lit(None, pl.String))
    return items.select("id", "title", pl.exclude("id", "title"))


def _complete(
    known: pl.DataFrame | None, named: pl.Series, what: str, notes: dict[str, int]
) -> pl.DataFrame:
    """`known`, and below it a bare row for each id that only the events name."""
    ids = named.unique(maintain_order=True).alias("id").to_frame()
    if known is None:
        return ids
    bare = ids.join(known.select("id"), on="id", how="anti", maintain_order="left")
    if bare.is_empty():
        return known
    lacking = int(named.is_in(bare["id"].implode()).sum())
    _note(notes, f"events of {what} that the catalogue lacks", lacking)
    return pl.concat([known, bare], how="diagonal")


def _note(notes: dict[str, int], sentence: str, count: int) -> None:
    if count:
        notes[sentence] = count
