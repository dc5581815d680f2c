"""The vectors of live versions, kept in memory until another version goes live."""

from __future__ import annotations

import threading

from basketweave.graph.embedded.in_memory.nearest import VectorIndex
from basketweave.graph.embedded.models import vectors, versions
from basketweave.graph.embedded.on_disk.file import StoreFile


class LiveVectors:
    """A `VectorIndex` for each name, read when first asked for.

    While a store is open for writing nobody else can write to its file, so counting
    its own writes tells whether anything may have changed: a check costs nothing.
    """

    def __init__(self, file: StoreFile) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._found: dict[str, tuple[int, VectorIndex]] = {}

    def index(self, name: str) -> VectorIndex:
        """The live version of this name; raises `NotFoundError` where there is none."""
        changes = self._file.changes
        known = self._found.get(name)
        if known is not None and known[0] == changes:
            return known[1]
        with self._lock:
            index = self._read(name, known[1] if known else None)
            self._found[name] = (changes, index)
        return index

    def _read(self, name: str, known: VectorIndex | None) -> VectorIndex:
        with self._file.reading() as session:
            version = versions.live(session, name)
            if known is not None and known.version.key == version.key:
                return known
            return VectorIndex(version, vectors.read(session, version))
