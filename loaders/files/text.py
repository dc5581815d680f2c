"""Text files in pieces: gzip, encodings, byte order marks and line ends."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, cast

from basketweave.errors import DataError, UsageError

# Large enough that per-piece work does not show, small enough for any memory.
PIECE = 16 * 1024 * 1024
_GZIP = b"\x1f\x8b"


def pieces(path: Path, encoding: str, size: int = PIECE) -> Iterator[str]:
    """The text of a file in pieces of about `size` characters.

    A byte order mark is dropped, and every line end becomes one newline. Raises
    DataError where there is no such file, or it is not of this encoding.
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
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path} cannot be read: {error}") from error


def _open(path: Path) -> IO[bytes]:
    """Zipped or not, whatever the file is called."""
    with path.open("rb") as file:
        zipped = file.read(2) == _GZIP
    return cast(IO[bytes], gzip.open(path)) if zipped else path.open("rb")


def _decoded(raw: IO[bytes], encoding: str) -> io.TextIOWrapper:
    marked = "utf-8-sig" if encoding.lower() in {"utf-8", "utf8"} else encoding
    try:
        return io.TextIOWrapper(raw, marked, newline=None)
    except LookupError:
        raise UsageError(
            f"'{encoding}' is not an encoding. Try utf-8, latin-1 or cp1252."
        ) from None
