"""Publishing: writes a version beside the live one, then replaces that at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from basketweave.graph.embedded.connection import Session
from basketweave.graph.embedded.dataset import touch
from basketweave.graph.embedded.models import versions
from basketweave.graph.embedded.models.vectors import (
    has_nodes,
    remove_unpublished,
    write_vectors,
)
from basketweave.graph.embedded.models.versions import add, go_back, make_live
from basketweave.graph.embedded.on_disk.file import StoreFile
from basketweave.graph.planned.vectors import placed
from basketweave.graph.schema import ITEM, USER
from basketweave.graph.vectors import ModelCard, ModelVersion, Vectors
from basketweave.progress import Progress


def publish(
    file: StoreFile, vectors: Vectors, keep: int, progress: Progress
) -> ModelVersion:
    """Write a version, make it live, and keep the newest `keep`: one step; return it.

    Vectors of unknown users or items are left out and counted. Raises `DataError` where
    the store has none of the users, or none of the items.
    """
    name = vectors.card.name
    with progress.task(f"Publishing {name}", total=1) as advance, file.alone():
        with file.writing(graph=False) as session:
            users = has_nodes(session, USER, vectors.users)
            items = has_nodes(session, ITEM, vectors.items)
            vectors, left_out = placed(vectors, users, items)
            remove_unpublished(session)
            new = add(session, vectors.card, vectors.dim, {})
            write_vectors(session, USER, new, vectors.users, vectors.user_vectors)
            write_vectors(session, ITEM, new, vectors.items, vectors.item_vectors)
        with _one_publisher(file) as session:
            live = make_live(session, new)
            for old in versions.versions(session, name)[max(keep, 1) :]:
                versions.remove(session, old)
            remove_unpublished(session)
        advance(1)
    return replace(live, left_out=left_out)


def publish_weights(
    file: StoreFile,
    card: ModelCard,
    weights: Mapping[str, float],
    learned: Mapping[str, str] | None,
) -> ModelVersion:
    """Make these weights the live version of their `(:Model)`, and return it."""
    with _one_publisher(file) as session:
        return make_live(session, add(session, card, 0, weights, learned))


def rollback(file: StoreFile, name: str) -> ModelVersion:
    """Make the version before the live one live again, and return it."""
    with _one_publisher(file) as session:
        return go_back(session, name)


def use(file: StoreFile, name: str, version: int | None) -> ModelVersion:
    """Let this version of a model serve its part, and return it."""
    with _one_publisher(file) as session:
        return versions.use(session, name, version)


def retire(file: StoreFile, name: str) -> ModelVersion:
    """Take the live version of a model out of serving, and return it."""
    with _one_publisher(file) as session:
        return versions.retire(session, name)


@contextmanager
def _one_publisher(file: StoreFile) -> Iterator[Session]:
    with file.writing(graph=False) as session:
        yield session
        touch(session)
