"""What a bulk load brings in: a catalogue, and events in parts of whole users."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl

from basketweave.graph.schema import DERIVED, ITEM, USER
from basketweave.graph.sharded.derived_files import DerivedFiles, found_in
from basketweave.graph.sharded.event_part import EventPart, lacking
from basketweave.graph.sharded.folder import PartsFolder, cut_short
from basketweave.graph.sharded.tables import read_catalogue
from basketweave.graph.tables import EVENTS, Tables, empty

OUTDATED = "relationships derived before events were added, left out: derive again"


@dataclass(frozen=True)
class DerivedTables:
    """What was derived from the events: relationships by kind, in parts in which each pair
    stands once; numbers of items; and up to which second."""

    edges: Mapping[str, Sequence[pl.LazyFrame]]
    scores: pl.DataFrame
    as_of: int | None = None

    @classmethod
    def of_files(cls, files: DerivedFiles) -> DerivedTables:
        """What `derive --events` left in a folder."""
        edges = {kind: files.parts(kind) for kind in DERIVED}
        return cls(edges, files.scores(), files.summary.as_of)

    def pieces(self, most: int) -> list[tuple[str, pl.LazyFrame]]:
        """All relationships with their kinds, in pieces of at most so many."""
        return [
            (kind, part.slice(first, most))
            for kind, parts in self.edges.items()
            for part in parts
            for first in range(
                0, read_derived(kind, part.select(pl.len())).item(), most
            )
        ]


def read_derived(kind: str, frame: pl.LazyFrame) -> pl.DataFrame:
    """Relationships that were derived; raises `DataError` where they cannot be read."""
    try:
        return frame.collect()
    except (OSError, pl.exceptions.PolarsError) as error:
        raise cut_short(f"What was derived of {kind}", error, "derive again") from error


@dataclass(frozen=True)
class BulkSource:
    """Tables without their events, and these in parts; what was derived, if anything."""

    catalogue: Tables
    parts: Sequence[EventPart]
    derived: DerivedTables | None = None

    @classmethod
    def of_tables(
        cls, tables: Tables, derived: DerivedTables | None = None
    ) -> BulkSource:
        """What is in memory, as one part."""
        part = EventPart(tables.events.lazy(), len(tables.events), tables.name)
        return cls(replace(tables, events=empty(EVENTS)), [part], derived)

    @classmethod
    def of_folder(cls, found: PartsFolder) -> BulkSource:
        """A folder of Parquet parts, with what was derived in it; not what was derived
        before the last events were added, of which a note tells.

        Raises `DataError` where a file is not whole.
        """
        parts = [EventPart.of_files(files) for files in found.files_by_part]
        files = found_in(found.folder / "derived")
        catalogue = read_catalogue(found)
        if files is not None and files.added != found.added:
            older = files.summary.co_purchased + files.summary.followed_by
            notes = {**catalogue.notes, OUTDATED: older}
            return cls(replace(catalogue, notes=notes), parts)
        derived = None if files is None else DerivedTables.of_files(files)
        return cls(catalogue, parts, derived)

    def named(self) -> dict[str, pl.Series]:
        """The users and items of which events alone tell, by label."""
        tables = {USER: ("user", "users"), ITEM: ("item", "items")}
        return {
            label: lacking(self.parts, column, getattr(self.catalogue, table)["id"])
            for label, (column, table) in tables.items()
        }
