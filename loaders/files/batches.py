"""The batches of one mapped file, whatever its format."""

from __future__ import annotations

from pathlib import Path

from basketweave.loaders.files.batch import Batches
from basketweave.loaders.files.delimited import Signs, read_delimited
from basketweave.loaders.files.json_lines import read_json_lines
from basketweave.loaders.files.lines import one_by_one, top
from basketweave.loaders.files.mapping import EventsFile, File, Lines
from basketweave.loaders.files.named import format_of
from basketweave.loaders.files.parquet import read_parquet


def read_batches(
    path: Path, file: File, columns: list[str], lists: tuple[str, ...] = ()
) -> Batches:
    """Batches of these columns; `lists` are those that may hold lists of names.

    Where the mapping has `lines`, each of a row's lines is a row.
    """
    wanted = tuple(dict.fromkeys(columns))
    lines = file.lines if isinstance(file, EventsFile) else None
    match format_of(path, file):
        case "jsonl":
            plain = isinstance(file, EventsFile)
            found = read_json_lines(path, wanted, lists, file.encoding, plain, lines)
            return found
        case "parquet":
            return _cut(read_parquet(path, top(wanted, lines)), wanted, lines)
        case form:
            separator = file.separator or {"csv": ",", "tsv": "\t"}[form]
            signs = Signs(separator, file.quote, file.columns, file.escape)
            cells = read_delimited(path, top(wanted, lines), file.encoding, signs)
            return _cut(cells, wanted, lines)


def _cut(batches: Batches, wanted: tuple[str, ...], lines: Lines | None) -> Batches:
    if lines is None:
        return batches
    return (one_by_one(batch, wanted, lines) for batch in batches)
