"""Files that are there whole, or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from basketweave.errors import DataError


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Where to write, beside `path`, what is renamed to it once all is written.

    So a reader sees the old file or the new one, and two writers do not meet. Raises
    `DataError` where it cannot be written, such as on a full disk: nothing is left of
    it then, and a file that stood there before still does.
    """
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield unfinished
        os.replace(unfinished, path)
    except OSError as error:
        named = error.filename not in (None, str(unfinished))
        raise DataError(
            f"{error.filename if named else path}: {error.strerror or error}. {path} "
            "was not written: free some room, or choose another file or folder."
        ) from error
    finally:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)
