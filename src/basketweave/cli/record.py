"""`basketweave record FILE|-`: events from a file or a pipe, as they come."""

from __future__ import annotations

import csv
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Any

import typer

from basketweave.cli.console import say, show_json, show_mapping
from basketweave.cli.options import DEFAULT_STORE, AsJson, StoreUri, open_store
from basketweave.errors import DataError
from basketweave.graph.address import shown

if TYPE_CHECKING:
    from basketweave.graph.recorded import Recorded
    from basketweave.graph.store import GraphStore
    from basketweave.loaders.streams.lines import Numbered


def record(
    source: Annotated[
        str, typer.Argument(help="A file of JSON lines, or - for what a pipe brings.")
    ],
    store: StoreUri = DEFAULT_STORE,
    quarantine: Annotated[
        Path, typer.Option(help="File for the lines that could not be used.")
    ] = Path("quarantine.csv"),
    as_json: AsJson = False,
) -> None:
    """Record events as they come: JSON lines of our own, of Segment's or of GA4's.

    {"user": 7, "item": 42, "kind": "PURCHASED", "time": "2026-01-31T18:00", "id": "a1"}

    Each second, or 1,000 lines, they are on the disk and every request sees them.
    """
    stream = _Stream(source, quarantine)
    try:
        with _opened(source) as file, open_store(store, new=True) as graph:
            stream.into(graph, file)
    finally:
        stream.close()
        if as_json:
            show_json(stream.summary())
        else:
            show_mapping(f"{source} -> {shown(store)}", stream.summary())
            if stream.bad:
                say(f"Set aside: {stream.bad:,} unusable lines, in {quarantine}")


@dataclass
class _Stream:
    """What was read so far, and what became of it."""

    source: str
    quarantine: Path
    lines: int = 0
    bad: int = 0
    without: int = 0
    done: Recorded | None = None
    _aside: IO[str] | None = None

    def into(self, graph: GraphStore, file: int) -> None:
        """Record all that comes; a line that cannot be used does not stop the others."""
        from basketweave.loaders.streams.lines import batches

        for batch in batches(file):
            found = self._events(batch)
            if found:
                done = graph.record(found)
                self.done = done if self.done is None else self.done + done
            self.lines += len(batch)

    def summary(self) -> dict[str, int]:
        """Counts, by words."""
        from basketweave.graph.recorded import Recorded

        counts = asdict(self.done or Recorded())
        told = {"lines": self.lines, **counts, "other_lines": self.without}
        return {**told, "quarantined": self.bad}

    def close(self) -> None:
        """Let go of the quarantine."""
        if self._aside is not None:
            self._aside.close()

    def _events(self, batch: Numbered) -> list[dict[str, Any]]:
        from basketweave.loaders.streams.messages import told

        found = []
        for number, line in batch:
            try:
                events = told(line)
            except DataError as error:
                self._set_aside(number, str(error), line)
                continue
            self.without += not events
            found += events
        if self._aside is not None:
            self._aside.flush()
        return found

    def _set_aside(self, number: int, reason: str, line: bytes) -> None:
        if self._aside is None:
            self._aside = self.quarantine.open("w", encoding="utf-8", newline="")
            csv.writer(self._aside).writerow(["source", "line", "reason", "row"])
        row = line.decode("utf-8", errors="replace").strip()
        csv.writer(self._aside).writerow([self.source, number, reason, row])
        self.bad += 1


@contextmanager
def _opened(source: str) -> Iterator[int]:
    if source == "-":
        yield sys.stdin.fileno()
        return
    flags = os.O_RDONLY | getattr(os, "O_BINARY", 0)
    file = os.open(source, flags)
    try:
        yield file
    finally:
        os.close(file)
