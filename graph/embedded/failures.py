"""What the engine's error messages mean to a person, and what to do next."""

from __future__ import annotations

from basketweave.errors import SchemaError, StoreBusyError, StoreError

_SPACE = ("No space left", "File too large", "Cannot write to file", "disk")
_NAMES = ("does not exist", "Cannot find property")


def explained(error: BaseException, path: str) -> StoreError:
    """The engine's error as one of ours; the engine says all in its message."""
    said = str(error).strip()
    if "Could not set lock" in said or "checkpoint is in progress" in said:
        return busy(path)
    if "read-only" in said:
        return StoreError(f"{path} is open for reading only, and this would write.")
    if "not a valid" in said:
        return StoreError(f"{path} is not a Ladybug database. Choose another path.")
    if "IO exception" in said and any(word in said for word in _SPACE):
        return StoreError(
            f"{path} could not be written ({_reason(said)}). Free some room on the "
            "disk, open it again and do the same: what was there before is unharmed."
        )
    if "cannot be a directory" in said:
        return StoreError(
            f"{path} is a folder. Name a file in it, such as {path}/shop.lbug."
        )
    if "Cannot open file" in said:
        return StoreError(
            f"{path} cannot be opened: {said.rpartition(': ')[2]}. Does its folder exist, "
            "and may you write to it?"
        )
    if any(words in said for words in _NAMES):
        return SchemaError(said)
    return StoreError(said)


def busy(path: str, holder: str = "another process") -> StoreBusyError:
    """Someone else has the file open, and at most one may where one writes."""
    return StoreBusyError(
        f"{path} is in use by {holder}. An embedded store has one writer or many "
        "readers: close the other one, or use a Neo4j server for several at once "
        "(basketweave neo4j start)."
    )


def _reason(said: str) -> str:
    """The end of the engine's message: its beginning speaks of a commit."""
    return said.rpartition("IO exception: ")[2].rstrip(".")
