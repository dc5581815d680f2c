"""Changes written into the graph as nodes of lists, where no reader looks for them.

    (:Staged {version, what, kind, rows, columns, source: […], target: […], …})

Each piece holds what one transaction takes in. To write it touches no item, so any number
of writers can at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import polars as pl

from basketweave.graph.neo4j.connection import Database
from basketweave.graph.neo4j.writer import BATCH, parameters

AT_ONCE = 4 * BATCH  # rows of one transaction that only writes pieces


@dataclass(frozen=True)
class Stage:
    """A new version that is being written beside the one that readers see.

    version   its name, which no other has
    writers   how many write to it at once
    """

    version: str
    writers: int = 1

    def put(self, database: Database, what: str, kind: str, frame: pl.DataFrame) -> int:
        """Write changes of relationships (`source`, `target`, columns), or of nodes.

        what    `new`, `changed` or `gone`; `scores` of nodes, without `target`
        kind    the type of the relationships, or the label of the nodes

        Returns how many.
        """
        about = {"version": self.version, "what": what, "kind": kind}
        held: list[dict[str, Any]] = []
        for piece in self._pieces(frame):
            held.append(about | piece)
            if sum(one["rows"] for one in held) >= AT_ONCE:
                _write(database, held)
                held = []
        if held:
            _write(database, held)
        return len(frame)

    def _pieces(self, frame: pl.DataFrame) -> Iterator[dict[str, Any]]:
        for part in frame.sort("source").iter_slices(BATCH):
            lists = parameters(part)
            rows = lists.pop("n")
            yield {"rows": rows, "columns": [*lists], **lists}


def _write(database: Database, pieces: list[dict[str, Any]]) -> None:
    database.write(
        "UNWIND $pieces AS piece CREATE (s:Staged) SET s = piece", pieces=pieces
    )
