"""The batches of a mapped file, whatever its format."""

from __future__ import annotations

from pathlib import Path

from basketweave.errors import DataError, UsageError
from basketweave.loaders.files.batch import Batches
from basketweave.loaders.files.delimited import Signs, read_delimited
from basketweave.loaders.files.json_lines import read_json_lines
from basketweave.loaders.files.mapping import Events, File, Format
from basketweave.loaders.files.parquet import read_parquet

_SUFFIXES: dict[str, Format] = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".json": "jsonl",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
}


def read_batches(
    folder: Path, file: File, columns: list[str], lists: tuple[str, ...] = ()
) -> Batches:
    """Batches of these columns; `lists` are those that may hold lists of names."""
    path = folder / file.file
    if not path.is_file():
        raise DataError(f"There is no file {path}. Correct 'file' in the mapping.")
    wanted = tuple(dict.fromkeys(columns))
    match _format(file):
        case "jsonl":
            plain = isinstance(file, Events)
            return read_json_lines(path, wanted, lists, file.encoding, plain)
        case "parquet":
            return read_parquet(path, wanted)
        case form:
            separator = file.separator or {"csv": ",", "tsv": "\t"}[form]
            signs = Signs(separator, file.quote, file.columns)
            return read_delimited(path, wanted, file.encoding, signs)


def _format(file: File) -> Format:
    suffixes = [s for s in Path(file.file.lower()).suffixes if s != ".gz"]
    form = file.format or _SUFFIXES.get(suffixes[-1] if suffixes else "")
    if form is None:
        raise UsageError(
            f"What is in '{file.file}'? Its name does not tell; set its format to "
            "csv, tsv, jsonl or parquet."
        )
    return form
