"""The last step of every reader: events and a catalogue become one `Tables`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import polars as pl

from basketweave.graph.tables import (
    CATEGORIES,
    IN_CATEGORY,
    LINKS,
    MILLIS,
    QUARANTINE,
    IdType,
    Tables,
    empty,
)
from basketweave.loaders.joins import unjoined

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
    all_notes = dict(notes or {})
    events = _in_time_order(_with_millis(events), all_notes)
    _note(all_notes, DUPLICATES, len(duplicates(events)))
    all_users, bare_users = _complete(users, events["user"], "users", all_notes)
    all_items, bare_items = _items(items, events["item"], all_notes)
    return Tables(
        name=name,
        users=all_users.select("id", pl.exclude("id")),
        items=all_items,
        events=events,
        categories=empty(CATEGORIES) if categories is None else categories,
        in_category=empty(IN_CATEGORY) if in_category is None else in_category,
        links=empty(LINKS) if links is None else links,
        quarantine=empty(QUARANTINE) if quarantine is None else quarantine,
        notes=all_notes,
        rows=rows or {},
        bare={"users": bare_users, "items": bare_items},
        warnings=[
            *_warnings(users, events["user"], "user"),
            *_warnings(items, events["item"], "item"),
        ],
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
    """`tables` of events, with a catalogue of their items that comes from elsewhere."""
    all_notes = {**tables.notes, **(notes or {})}
    all_items, bare = _items(items, tables.events["item"], all_notes)
    bad = [tables.quarantine] if quarantine is None else [tables.quarantine, quarantine]
    return replace(
        tables,
        items=all_items,
        categories=empty(CATEGORIES) if categories is None else categories,
        in_category=empty(IN_CATEGORY) if in_category is None else in_category,
        links=empty(LINKS) if links is None else links,
        quarantine=pl.concat(bad),
        notes=all_notes,
        rows={**tables.rows, **(rows or {})},
        bare={**tables.bare, "items": bare},
        warnings=[*tables.warnings, *_warnings(items, tables.events["item"], "item")],
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
    """Row numbers of events that repeat an earlier one in `EVENT_KEY` and `millis`."""
    key = [*EVENT_KEY, MILLIS] if MILLIS in events.columns else EVENT_KEY
    # Hashes first: rows that are alike have hashes that are alike, and few others
    # have. To sort numbers takes a quarter of the time and of the memory of
    # comparing 1.5 M rows.
    hashes = np.zeros(len(events), np.uint64)
    for seed, column in enumerate(key):
        hashes += events[column].hash(seed).to_numpy()  # sums wrap around
    ordered = np.sort(hashes)
    twice = np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
    alike = pl.Series("hash", hashes).is_in(pl.Series("twice", twice).implode())
    rows = events.select(key).with_row_index("row").filter(alike)
    return rows.filter(~pl.struct(key).is_first_distinct())["row"]


def _with_millis(events: pl.DataFrame) -> pl.DataFrame:
    """`millis` without gaps, where it says anything at all."""
    if MILLIS not in events.columns:
        return events
    filled = events.with_columns(pl.col(MILLIS).fill_null(0))
    return filled if (filled[MILLIS] != 0).any() else filled.drop(MILLIS)


def _in_time_order(events: pl.DataFrame, notes: dict[str, int]) -> pl.DataFrame:
    """Sorted by time where a user's events are not, those of one time as they came."""
    fine = MILLIS in events.columns
    if not fine and events["time"].is_sorted():
        return events
    at = pl.col("time") * 1000 + pl.col(MILLIS) if fine else pl.col("time")
    earlier = events.select((at.diff() < 0).over("user").sum()).item()
    _note(notes, "events out of time order, sorted", earlier)
    return events.sort(at, maintain_order=True) if earlier else events


def _items(
    catalogue: pl.DataFrame | None, named: pl.Series, notes: dict[str, int]
) -> tuple[pl.DataFrame, pl.Series]:
    items, bare = _complete(catalogue, named, "items", notes)
    if "title" not in items.columns:
        items = items.with_columns(title=pl.lit(None, pl.String))
    return items.select("id", "title", pl.exclude("id", "title")), bare


def _complete(
    catalogue: pl.DataFrame | None, named: pl.Series, what: str, notes: dict[str, int]
) -> tuple[pl.DataFrame, pl.Series]:
    """The catalogue with a bare row below it for each id that only the events name;
    and these ids."""
    ids = named.unique(maintain_order=True).alias("id").to_frame()
    if catalogue is None:
        return ids, ids["id"]
    bare = ids.join(catalogue.select("id"), on="id", how="anti", maintain_order="left")
    if bare.is_empty():
        return catalogue, bare["id"]
    lacking = int(named.is_in(bare["id"].implode()).sum())
    _note(notes, f"events of {what} that the catalogue lacks", lacking)
    return pl.concat([catalogue, bare], how="diagonal"), bare["id"]


def _warnings(catalogue: pl.DataFrame | None, named: pl.Series, what: str) -> list[str]:
    warning = None if catalogue is None else unjoined(catalogue["id"], named, what)
    return [warning] if warning else []


def _note(notes: dict[str, int], sentence: str, count: int) -> None:
    if count:
        notes[sentence] = count
