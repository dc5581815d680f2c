"""Text files in pieces: packed or not, encodings, byte order marks and line ends."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, cast

import pyarrow as pa

from basketweave.errors import DataError, UsageError

# Large enough that per-piece work does not show, small enough for any memory.
PIECE = 16 * 1024 * 1024
_ZIP = b"PK\x03\x04"
_BROKEN = (OSError, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile,
           NotImplementedError, pa.ArrowException)  # fmt: skip


def pieces(path: Path, encoding: str, size: int = PIECE) -> Iterator[str]:
    """The text of a file in pieces of about `size` characters.

    It may be packed as gzip, zstandard, bzip2, xz, or as a zip with one file in it
    (`orders.zip/day1.csv` names one of several). A byte order mark is dropped, and
    every line end becomes one newline. Raises DataError where there is no such file,
    or it is not of this encoding.
    """
    line = 1
    try:
        with _open(path) as raw, _decoded(raw, encoding) as text:
            while piece := text.read(size):
                line += piece.count("\n")
                yield piece
    except UnicodeError as error:
        raise DataError(
            f"{path} is not {encoding} (after line {line:,}: {error}). "
            "Set its encoding in the mapping, for example encoding: latin-1."
        ) from error
    except _BROKEN as error:
        raise DataError(f"{path} cannot be read: {error}") from error
    except RuntimeError as error:  # of zipfile, for a password
        raise DataError(f"{path} cannot be read: {error}") from error


def in_zip(path: Path) -> bool:
    """Whether the path leads into a zip: `orders.zip/day1.csv`."""
    return _archive(path) is not None


def member_of(archive: zipfile.ZipFile, path: Path) -> str:
    """The one file in a zip; DataError where there are several."""
    names = [
        info.filename
        for info in archive.infolist()
        if not info.is_dir() and not info.filename.startswith("__MACOSX/")
    ]
    if len(names) != 1:
        shown = ", ".join(names[:5]) or "nothing"
        raise DataError(
            f"{path} has {len(names)} files in it ({shown}). Name the one to read: "
            f"{path.name}/{names[0] if names else 'FILE'}"
        )
    return names[0]


def _archive(path: Path) -> Path | None:
    above = [p for p in path.parents if p.suffix.lower() == ".zip" and p.is_file()]
    return above[0] if above else None


def _open(path: Path) -> IO[bytes]:
    """Packed or not, whatever the file is called."""
    archive = _archive(path)
    if archive is not None:
        return _zipped(archive, path.relative_to(archive).as_posix())
    with path.open("rb") as file:
        begins = file.read(6)
    if begins.startswith(_ZIP):
        return _zipped(path, None)
    if begins.startswith(b"\x28\xb5\x2f\xfd"):
        return cast(IO[bytes], pa.CompressedInputStream(str(path), "zstd"))
    openers: dict[bytes, Any] = {
        b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ\0": lzma.open,
    }  # fmt: skip
    for magic, opened in openers.items():
        if begins.startswith(magic):
            return cast(IO[bytes], opened(path))
    return path.open("rb")


def _zipped(path: Path, member: str | None) -> IO[bytes]:
    with zipfile.ZipFile(path) as archive:  # what is opened of it stays open
        try:
            return archive.open(member or member_of(archive, path))
        except KeyError:
            there = ", ".join(archive.namelist()[:5])
            raise DataError(f"{path} has no file '{member}'. It has {there}.") from None


def _decoded(raw: IO[bytes], encoding: str) -> io.TextIOWrapper:
    marked = "utf-8-sig" if encoding.lower() in {"utf-8", "utf8"} else encoding
    try:
        return io.TextIOWrapper(raw, marked, newline=None)
    except (LookupError, ValueError):
        raise UsageError(
            f"'{encoding}' is not an encoding. Try utf-8, latin-1 or cp1252."
        ) from None
