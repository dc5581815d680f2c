"""The vectors of live versions, kept in memory until another version goes live."""

from __future__ import annotations

import threading

from basketweave.graph.embedded.connection import Session
from basketweave.graph.embedded.in_memory.nearest import VectorIndex
from basketweave.graph.embedded.models.vectors import read_vectors, table
from basketweave.graph.embedded.models.versions import find
from basketweave.graph.embedded.on_disk.file import StoreFile
from basketweave.graph.schema import ITEM, USER
from basketweave.graph.vectors import ModelVersion


class LiveVectors:
    """A `VectorIndex` for each model name, read when it is first needed.

    It is read again where another version is live, and where vectors came or went: new
    items are given one, and deleted ones lose theirs.

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
            if cached is not None and _is_same(session, cached, version):
                return cached
            return VectorIndex(version, read_vectors(session, version))


def _is_same(session: Session, cached: VectorIndex, version: ModelVersion) -> bool:
    sizes = (
        session.rows(f"MATCH (v:{table(label, version)}) RETURN count(*)")[0][0]
        for label in (USER, ITEM)
    )
    held = len(cached.vectors.users), len(cached.vectors.items)
    return cached.version.key == version.key and tuple(sizes) == held
