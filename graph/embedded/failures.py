"""What the engine's error messages mean to a person, and what to do next."""

from __future__ import annotations

import errno

from basketweave.errors import SchemaError, StoreBusyError, StoreError

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_SPACE = ("No space left", "File too large", "Cannot write to file", "disk")
_NAMES = ("does not exist", "Cannot find property")


def explained(error: BaseException, path: str) -> StoreError:
    """The `StoreError` for an error of the engine, chosen by the engine's message."""
    said = str(error).strip()
    if "Could not set lock" in said or "checkpoint is in progress" in said:
        return busy(path)
    if "read-only" in said:
        return StoreError(f"{path} is open for reading only, and this would write.")
    if "not a valid" in said:
        return StoreError(f"{path} is not a Ladybug database. Choose another path.")
    if "IO exception" in said and any(word in said for word in _SPACE):
        return no_room(path, _reason(said))
    if "cannot be a directory" in said:
        return folder(path)
    if "buffer pool is full" in said or "frame groups" in said or "Mmap" in said:
        return StoreError(
            f"{path} needs more memory than it was given ({said}). Raise buffer_mb, or "
            "BASKETWEAVE_BUFFER_MB, and the limit of `ulimit -v` where there is one."
        )
    if "Cannot open file" in said:
        return _denied(path, said.rpartition(": ")[2])
    if any(words in said for words in _NAMES):
        return SchemaError(said)
    return StoreError(said)


def unwritten(path: str, error: OSError) -> StoreError:
    """The error for a file of the store, or beside it, that could not be written."""
    why = error.strerror or str(error)
    return no_room(path, why) if error.errno in _NO_ROOM else _denied(path, why)


def folder(path: str) -> StoreError:
    """The error for a path that is a folder: a store is one file."""
    return StoreError(
        f"{path} is a folder. Name a file in it, such as {path}/shop.lbug."
    )


def busy(path: str, holder: str = "another process") -> StoreBusyError:
    """The error for a file that is in use: one writer may open it, or many readers."""
    return StoreBusyError(
        f"{path} is in use by {holder}. An embedded store has one writer or many "
        "readers: close the other one, or use a Neo4j server for several at once "
        "(basketweave neo4j start)."
    )


def no_room(path: str, why: str) -> StoreError:
    """Neither the file nor anything beside it could grow."""
    return StoreError(
        f"{path} could not be written ({why}). Free some room on the disk and do the "
        "same again: what was there before is unharmed."
    )


def _denied(path: str, why: str) -> StoreError:
    return StoreError(
        f"{path} cannot be opened: {why}. Does its folder exist, and may you write to "
        "it?"
    )


def _reason(said: str) -> str:
    """The end of the engine's message: its beginning speaks of a commit."""
    return said.rpartition("IO exception: ")[2].rstrip(".")
