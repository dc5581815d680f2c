"""One process writes an embedded store, and others of this machine read along."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from basketweave.calls import Caller, Channel, answered
from basketweave.graph.embedded.on_disk.file import StoreFile
from basketweave.graph.embedded.on_disk.reader import ReaderFile
from basketweave.graph.embedded.store import LadybugStore

WRITES = (
    "record",
    "record_shown",
    "delete_events",
    "delete_items",
    "forget_user",
    "prune_shown",
    "write_experiment",
    "publish",
    "publish_weights",
    "rollback",
    "use",
    "retire",
    "_upsert",
    "fold",
)
"""What a reader may ask of the writer."""


@contextmanager
def shared(store: LadybugStore) -> Iterator[Channel]:
    """Let other processes open the store as a `ReaderStore` with what this yields."""
    with tempfile.TemporaryDirectory(prefix="basketweave-") as folder:
        channel = Channel(str(Path(folder) / "writer"), os.urandom(32))
        store.share()
        with answered(store, WRITES, channel):
            yield channel


def _asked(name: str) -> Any:
    def ask(store: ReaderStore, *given: Any, **named: Any) -> Any:
        done = store.writer.ask(name, *given, **named)
        store.settle()
        return done

    return ask


class ReaderStore(LadybugStore):
    """A `LadybugStore` that another process shares: read here, written there.

    What that process has answered for is seen by the next request here; new models a
    moment later, where this one did not ask for them. Loading, deriving and whatever
    else writes a lot is for the writing process alone.
    """

    def __init__(self, path: str | Path, channel: Channel, **named: Any) -> None:
        self.writer = Caller(channel)
        super().__init__(path, read_only=True, **named)

    record = _asked("record")
    record_shown = _asked("record_shown")
    delete_events = _asked("delete_events")
    delete_items = _asked("delete_items")
    forget_user = _asked("forget_user")
    prune_shown = _asked("prune_shown")
    write_experiment = _asked("write_experiment")
    publish = _asked("publish")
    publish_weights = _asked("publish_weights")
    rollback = _asked("rollback")
    use = _asked("use")
    retire = _asked("retire")
    _upsert = _asked("_upsert")
    fold = _asked("fold")

    def settle(self) -> None:
        """Wait until all that was written until now is seen here."""
        self._reader.settle()

    def _opened(self, path: Path, _: bool, buffer_mb: int | None) -> StoreFile:
        self._reader = ReaderFile(path, self._folded, buffer_mb=buffer_mb)
        return self._reader

    def _folded(self, shown: bool) -> None:
        self.fold(shown=shown)
