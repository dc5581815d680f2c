"""Publishing: writes a version beside the live one, then replaces that at once."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import replace

from basketweave.graph.neo4j.connection import Database
from basketweave.graph.neo4j.memory import quantised
from basketweave.graph.neo4j.models import versions
from basketweave.graph.neo4j.models.vectors import (
    await_index,
    create_index,
    nodes_of,
    remove_vectors,
    write_vectors,
)
from basketweave.graph.neo4j.models.versions import add, go_back, make_live
from basketweave.graph.neo4j.writer import Writer, exclusive
from basketweave.graph.planned.vectors import placed
from basketweave.graph.schema import ITEM, USER
from basketweave.graph.vectors import ModelCard, ModelVersion, Vectors
from basketweave.progress import Progress


def publish(
    database: Database, vectors: Vectors, keep: int, progress: Progress
) -> ModelVersion:
    """Write and index a version, make it live, and keep the newest `keep`; return it.

    Where this is killed, the version before still serves. What is left of the killed
    version (in status `writing`) is removed by the next publish of that name.

    Vectors of unknown users or items are left out and counted. Raises `DataError` where
    the graph has none of the users, or none of the items.
    """
    name = vectors.card.name
    users = nodes_of(database, USER, vectors.users)
    items = nodes_of(database, ITEM, vectors.items)
    vectors, left_out = placed(
        vectors, users.is_not_null().to_numpy(), items.is_not_null().to_numpy()
    )
    users, items = users.drop_nulls(), items.drop_nulls()
    with _one_publisher(database, name) as writer:
        _remove_unfinished(database, name)
        new = add(database, vectors.card, vectors.dim, {})
        total = len(users) + len(items) + 200
        with progress.task(f"Publishing {new.key}", total) as advance:
            write_vectors(writer, new.key, items, vectors.item_vectors, advance)
            # The server indexes the items while the users are written.
            create_index(database, new, ITEM, small=quantised(len(items)))
            write_vectors(writer, new.key, users, vectors.user_vectors, advance)
            create_index(database, new, USER, small=quantised(len(users)))
            for label in (ITEM, USER):
                await_index(database, new, label, advance)
        live = make_live(database, new)
        for old in versions.versions(database, name)[max(keep, 1) :]:
            _remove(database, old)
    return replace(live, left_out=left_out)


def publish_weights(
    database: Database,
    card: ModelCard,
    weights: Mapping[str, float],
    learned: Mapping[str, str] | None,
) -> ModelVersion:
    """Make these weights the live version of their `(:Model)`, and return it."""
    with _one_publisher(database, card.name):
        _remove_unfinished(database, card.name)
        return make_live(database, add(database, card, 0, weights, learned))


def rollback(database: Database, name: str) -> ModelVersion:
    """Make the version before the live one live again, and return it."""
    with _one_publisher(database, name):
        return go_back(database, name)


def use(database: Database, name: str, version: int | None) -> ModelVersion:
    """Let this version of a model serve its part, and return it."""
    with _one_publisher(database, name):
        return versions.use(database, name, version)


def retire(database: Database, name: str) -> ModelVersion:
    """Take the live version of a model out of serving, and return it."""
    with _one_publisher(database, name):
        return versions.retire(database, name)


def _one_publisher(database: Database, name: str) -> AbstractContextManager[Writer]:
    return exclusive(database, f"publish {name}")


def _remove_unfinished(database: Database, name: str) -> None:
    for version in versions.versions(database, name):
        if version.status == "writing":
            _remove(database, version)


def _remove(database: Database, version: ModelVersion) -> None:
    """Mark a version as unfinished, remove its vectors, then remove its node."""
    key = {"name": version.card.name, "version": version.version}
    node = "MATCH (m:Model {name: $name, version: $version})"
    database.write(f"{node} SET m.status = 'writing'", **key)
    if version.dim:
        remove_vectors(database, version)
    database.write(f"{node} DELETE m", **key)
