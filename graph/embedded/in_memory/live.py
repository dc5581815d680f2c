"""The vectors of live versions, kept in memory until another version goes live."""

from __future__ import annotations

import threading

from basketweave.graph.embedded.in_memory.nearest import VectorIndex
from basketweave.graph.embedded.models.vectors import read_vectors
from basketweave.graph.embedded.models.versions import find
from basketweave.graph.embedded.on_disk.file import StoreFile


class LiveVectors:
    """A `VectorIndex` for each model name, read when it is first needed.

    While a store is open, no other process can write to its file. So the store's count
    of its own writes tells whether anything may have changed, and a check is cheap.
    """

    def __init__(self, file: StoreFile) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._found: dict[str, tuple[int, VectorIndex]] = {}

    def index(self, name: str) -> VectorIndex:
        """The vectors of the live version of a model.

        Raises `NotFoundError` where no version is live.
        """
        changes = self._file.changes
        cached = self._found.get(name)
        if cached is not None and cached[0] == changes:
            return cached[1]
        with self._lock:
            index = self._read(name, cached[1] if cached else None)
            self._found[name] = (changes, index)
        return index

    def _read(self, name: str, cached: VectorIndex | None) -> VectorIndex:
        with self._file.reading() as session:
            version = find(session, name)
            if cached is not None and cached.version.key == version.key:
                return cached
            return VectorIndex(version, read_vectors(session, version))
