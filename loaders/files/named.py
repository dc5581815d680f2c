"""Which files a mapping means: names, patterns, and what is inside a zip."""

from __future__ import annotations

import glob
import zipfile
from pathlib import Path

from basketweave.errors import DataError, UsageError
from basketweave.loaders.files.mapping import File, Format
from basketweave.loaders.files.text import in_zip, member_of

_SUFFIXES: dict[str, Format] = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".json": "jsonl",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
}
_PACKED = {".gz", ".zip", ".zst", ".bz2", ".xz"}


def named_files(folder: Path, file: File) -> list[str]:
    """The files that are meant, as their names below `folder`, each once.

    Files of a pattern come in the order of their names. Raises DataError where there
    is no such file.
    """
    every = [found for name in file.names for found in _matching(folder, name)]
    return list(dict.fromkeys(every))


def format_of(path: Path, file: File) -> Format:
    """What the mapping says, or else the ending, of a zip's member where it is one."""
    if file.format is not None:
        return file.format
    name = path.name.lower()
    if name.endswith(".zip") and path.is_file():
        name = _member(path).lower()
    suffixes = [s for s in Path(name).suffixes if s not in _PACKED]
    form = _SUFFIXES.get(suffixes[-1] if suffixes else "")
    if form is None:
        raise UsageError(
            f"What is in '{path.name}'? Its name does not tell; set its format to "
            "csv, tsv, jsonl or parquet."
        )
    return form


def _member(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            return member_of(archive, path)
    except (zipfile.BadZipFile, OSError):
        return path.name[: -len(".zip")]


def _matching(folder: Path, name: str) -> list[str]:
    path = folder / name
    if path.is_file() or in_zip(path):
        return [name]
    if glob.has_magic(name) and "\0" not in name:
        found = glob.glob(name, root_dir=folder, recursive=True)
        files = sorted(f for f in found if (folder / f).is_file())
        if files:
            return files
    raise DataError(f"There is no file {path}. Correct 'file' in the mapping.")
