"""Reading mapped files: usable rows on one side, a quarantine on the other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import polars as pl

from basketweave.graph.tables import QUARANTINE, empty
from basketweave.loaders.files.batch import Batch
from basketweave.loaders.files.batches import read_batches
from basketweave.loaders.files.mapping import File
from basketweave.loaders.files.named import named_files
from basketweave.loaders.files.values import as_text
from basketweave.loaders.quarantine import quarantined


@dataclass(frozen=True)
class Converted:
    """Rows of a batch, and for each why it cannot be used, or why it is left out.

    `unusable` and `left_out` are sentences, null where a row is fine. What cannot be
    used goes to the quarantine; what is left out is only counted.
    """

    rows: pl.DataFrame
    unusable: pl.Series
    left_out: pl.Series | None = None


Convert = Callable[[pl.DataFrame], Converted]
Notes = dict[str, int]


@dataclass(frozen=True)
class FromFile:
    """What the files of one table gave: usable rows, others, and how many in all.

    `rows` counts by file, without those that were left out on purpose.
    """

    good: pl.DataFrame
    quarantine: pl.DataFrame
    rows: dict[str, int]
    notes: Notes = field(default_factory=dict)


def read_files(
    folder: Path,
    file: File,
    columns: list[str],
    convert: Callable[[str], Convert],
    lists: tuple[str, ...] = (),
) -> FromFile:
    """All files of a table, batch after batch; never more than a batch of raw text.

    `convert` is made anew for each file, which it is told the name of.
    """
    wanted = list(dict.fromkeys([*columns, *file.only, *file.ignore]))
    good, bad = list[pl.DataFrame](), [empty(QUARANTINE)]
    rows: dict[str, int] = {}
    notes: Notes = {}
    for name in named_files(folder, file):
        rows[name] = 0
        into = convert(name)
        for batch in read_batches(folder / name, file, wanted, lists):
            kept = _kept(batch, file, notes)
            found = into(kept.rows)
            fine, aside = _apart(kept, found, notes)
            good.append(fine)
            bad.append(aside.with_columns(source=pl.lit(name)).sort("line"))
            rows[name] += len(fine) + len(aside)
            _count(
                notes, "rows that a stray quote joined, read one by one", batch.mended
            )
    if not good:
        none = pl.DataFrame(schema=dict.fromkeys(wanted, pl.String))
        good.append(convert("")(none).rows)
    return FromFile(_together(good), pl.concat(bad), rows, notes)


def _together(good: list[pl.DataFrame]) -> pl.DataFrame:
    """Files may have a column in different types, as days may in Parquet."""
    schemas = {tuple(frame.schema.items()) for frame in good if len(frame)}
    if len(schemas) == 1:
        return pl.concat(frame for frame in good if len(frame))
    frames = [frame for frame in good if len(frame)] or good[:1]
    try:
        return pl.concat(frames, how="vertical_relaxed")
    except pl.exceptions.PolarsError:
        as_texts = [
            frame.with_columns(
                as_text(frame[c], ())
                for c, types in _types(frames).items()
                if len(types) > 1
            )
            for frame in frames
        ]
        return pl.concat(as_texts)


def _types(frames: list[pl.DataFrame]) -> dict[str, set[pl.DataType]]:
    return {c: {frame.schema[c] for frame in frames} for c in frames[0].columns}


def _kept(batch: Batch, file: File, notes: Notes) -> Batch:
    """The batch without the rows that `only` and `ignore` leave out."""
    if not file.only and not file.ignore:
        return batch
    keep = pl.Series([True]).new_from_index(0, len(batch.rows))
    for column, values in file.only.items():
        keep &= _is_one_of(batch.rows[column], values)
    for column, values in file.ignore.items():
        keep &= ~_is_one_of(batch.rows[column], values)
    _count(notes, "rows that the mapping leaves out", int((~keep).sum()))
    at = np.flatnonzero(keep.to_numpy())
    return batch.take(batch.rows[at], at)


def _is_one_of(column: pl.Series, values: tuple[str, ...]) -> pl.Series:
    """Whether a cell is written as one of these, 1.0 being written as 1."""
    text = as_text(column, ()).fill_null("")
    whole = text.str.replace(r"^(-?\d+)\.0+$", "$1")
    return text.is_in(list(values)) | whole.is_in(list(values))


def _apart(
    batch: Batch, found: Converted, notes: Notes
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The usable rows, and the quarantine; what is left out is counted."""
    fine = found.unusable.is_null()
    if found.left_out is not None:
        out = found.left_out.is_not_null()
        why = found.left_out.drop_nulls()
        sentences = why.unique(maintain_order=True)
        for sentence, count in zip(sentences, why.unique_counts(), strict=True):
            _count(notes, sentence, count)
        fine &= ~out
        bad = (found.unusable.is_not_null() & ~out).arg_true().to_list()
    else:
        bad = (~fine).arg_true().to_list()
    aside = quarantined(
        batch.lines[bad].to_list(),
        found.unusable[bad].to_list(),
        [batch.text(row) for row in bad],
    )
    rows = found.rows if fine.all() else found.rows.filter(fine)
    return rows, pl.concat([batch.broken, aside])


def _count(notes: Notes, sentence: str, count: int) -> None:
    if count:
        notes[sentence] = notes.get(sentence, 0) + count
