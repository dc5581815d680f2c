"""Events of whole users, read when they are needed, in pieces that fit into memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl
import polars.selectors as cs

from basketweave.graph.sharded.folder import cut_short
from basketweave.graph.tables import EVENTS, MILLIS, check_events


@dataclass(frozen=True)
class EventPart:
    """All events of some users, in the order in which they came.

    name   what errors call it
    """

    frame: pl.LazyFrame
    rows: int
    name: str

    @classmethod
    def of_files(cls, files: Sequence[Path]) -> EventPart:
        """Those of some Parquet files; raises `DataError` where one is not whole."""
        frames = [pl.scan_parquet(path, glob=False) for path in files]
        rows = sum(map(_rows, frames, files))
        return cls(pl.concat(frames, how="diagonal_relaxed"), rows, str(files[0]))

    def pieces(self, most: int) -> list[EventPart]:
        """The same in pieces of whole users, each of about so many events."""
        count = -(-self.rows // most)
        if count < 2:
            return [self]
        # Another hash than that by which `write_parts` puts users into parts.
        piece = pl.col("user").hash(seed=1) % count
        return [
            replace(self, frame=self.frame.filter(piece == n), rows=self.rows // count)
            for n in range(count)
        ]

    def read(self) -> pl.DataFrame:
        """The events; raises `DataError` where they are not as in `Tables`, or cut short."""
        columns = cs.by_name(*EVENTS, MILLIS, require_all=False)
        try:
            events = self.frame.select(columns).collect()
        except (OSError, pl.exceptions.PolarsError) as error:
            raise cut_short(self.name, error) from error
        check_events(events)
        return events


def lacking(parts: Sequence[EventPart], column: str, ids: pl.Series) -> pl.Series:
    """The values of a column of the events that are not among these ids, in order.

    In memory is what differs, not what there is of events.
    """
    if not parts:
        return ids.clear().alias(column)
    known = ids.alias(column).to_frame().lazy()
    named = pl.concat([part.frame.select(column) for part in parts])
    try:
        others = named.join(known, on=column, how="anti").unique().drop_nulls()
        return others.collect(engine="streaming")[column].sort()
    except (OSError, pl.exceptions.PolarsError) as error:
        raise cut_short(parts[0].name, error) from error


def _rows(frame: pl.LazyFrame, path: Path) -> int:
    """By the end of the file, which one that was cut short does not have."""
    try:
        return int(frame.select(pl.len()).collect().item())
    except (OSError, pl.exceptions.PolarsError) as error:
        raise cut_short(path, error) from error
