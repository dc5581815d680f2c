"""What `run` takes: one statement that reads the graph, and touches nothing else.

The engine's own read-only transaction refuses to change the graph, but a statement may
end that transaction and begin another, and COPY … TO, EXPORT, LOAD FROM, ATTACH and the
settings (CALL name=…) reach the disk and the process past it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
import polars as pl

from basketweave.errors import StoreError
from basketweave.graph.embedded.connection import Session

_FIRST = ("MATCH", "OPTIONAL", "UNWIND", "WITH", "RETURN", "CALL")
_TEXT_OR_COMMENT = re.compile(
    r"""'(?:\\.|[^'\\])*' | "(?:\\.|[^"\\])*" | `[^`]*` | //[^\n\r]* | /\*.*?\*/""",
    re.DOTALL | re.VERBOSE,
)
_ASKED = re.compile(r"(?:(?:EXPLAIN(?:\s+LOGICAL)?|PROFILE)\s+)?(\w+)", re.IGNORECASE)
_FUNCTION = re.compile(r"\s+\w+\s*\(")
_READS_A_FILE = re.compile(r"\bLOAD\s+(?:FROM|WITH\s+HEADERS)\b", re.IGNORECASE)


@lru_cache(1024)
def check_reads(statement: str) -> None:
    """Raise `StoreError` unless this is one statement that only reads the graph.

    >>> check_reads("MATCH (i:Item) WHERE i.title = 'a; COMMIT' RETURN i.id;")
    >>> check_reads("COMMIT; CREATE (:Item {id: 'x'})")
    Traceback (most recent call last):
    ...
    basketweave.errors.StoreError: run() takes one statement, and this is several. ...
    """
    bare = _TEXT_OR_COMMENT.sub(_blank, statement).strip().removesuffix(";").rstrip()
    if ";" in bare:
        raise StoreError(
            "run() takes one statement, and this is several. Give each to a run() "
            "of its own."
        )
    found = _ASKED.match(bare)
    first = found[1].upper() if found else ""
    if first not in _FIRST:
        raise StoreError(
            f"run() only reads: a statement begins with {', '.join(_FIRST)}, and this "
            f"one with {first or 'none of them'}. Change the graph through load, "
            "derive and publish."
        )
    if found and first == "CALL" and not _FUNCTION.match(bare, found.end()):
        raise StoreError(
            "run() changes no setting of the engine. CALL takes a function, such as "
            "CALL show_tables() RETURN *."
        )
    if _READS_A_FILE.search(bare):
        raise StoreError(
            "run() reads the graph, and no files. Load them: basketweave load …"
        )


def answer(
    session: Session, statement: str, parameters: Mapping[str, Any]
) -> pl.DataFrame:
    """The rows that a person's statement returns, a column for each returned name.

    Raises `StoreError` where the statement does more than read, or fails.
    """
    check_reads(statement)
    try:
        return session.frame(statement, {n: _plain(v) for n, v in parameters.items()})
    except (ValueError, TypeError, OverflowError, pl.exceptions.PolarsError) as error:
        raise StoreError(
            f"run() cannot take a parameter, or give a result, of this kind: {error}"
        ) from error


def _plain(value: object) -> object:
    """numpy's numbers as Python's: the engine knows no others."""
    return value.item() if isinstance(value, np.generic) else value


def _blank(found: re.Match[str]) -> str:
    """What stands for a text, a quoted name or a comment."""
    return " " if found[0].startswith("/") else "''"
