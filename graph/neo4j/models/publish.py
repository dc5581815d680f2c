"""Publishing: beside the live version, then in its place in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import replace

from basketweave.graph.neo4j.connection import Database
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
    """Write a version, index it, make it live, remove all but the newest `keep`.

    Killed at any point, the version before still serves; what is left of a killed
    one (its node says `writing`) goes with the next publish of that name.

    Raises `DataError` where no node of the graph is meant; some that are not there
    are left out, and counted.
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
        total = len(users) + len(items) + 100
        with progress.task(f"Publishing {new.key}", total) as advance:
            write_vectors(writer, new.key, items, vectors.item_vectors, advance)
            # The server indexes the items while the users are written.
            create_index(database, new)
            write_vectors(writer, new.key, users, vectors.user_vectors, advance)
            await_index(database, new, advance)
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
    """Make these weights the live version of their `(:Model)`."""
    with _one_publisher(database, card.name):
        _remove_unfinished(database, card.name)
        return make_live(database, add(database, card, 0, weights, learned))


def rollback(database: Database, name: str) -> ModelVersion:
    """Make the version before the live one live again."""
    with _one_publisher(database, name):
        return go_back(database, name)


def use(database: Database, name: str, version: int | None) -> ModelVersion:
    """Let this version serve its part."""
    with _one_publisher(database, name):
        return versions.use(database, name, version)


def retire(database: Database, name: str) -> ModelVersion:
    """Take the live version of a name out of serving."""
    with _one_publisher(database, name):
        return versions.retire(database, name)


def _one_publisher(database: Database, name: str) -> AbstractContextManager[Writer]:
    return exclusive(database, f"publish {name}")


def _remove_unfinished(database: Database, name: str) -> None:
    for version in versions.versions(database, name):
        if version.status == "writing":
            _remove(database, version)


def _remove(database: Database, version: ModelVersion) -> None:
    """First the word that it can be used, last the word that it is there."""
    key = {"name": version.card.name, "version": version.version}
    node = "MATCH (m:Model {name: $name, version: $version})"
    database.write(f"{node} SET m.status = 'writing'", **key)
    if version.dim:
        remove_vectors(database, version)
    database.write(f"{node} DELETE m", **key)
