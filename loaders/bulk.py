"""A first load into a private Neo4j, by its own importer in place of Bolt."""

from __future__ import annotations

import shutil

from basketweave.errors import StoreError
from basketweave.graph.neo4j.bulk.columns import BETWEEN
from basketweave.graph.neo4j.bulk.files import BulkFiles, DerivedTables, write_bulk
from basketweave.graph.neo4j.bulk.finish import finish, holds
from basketweave.graph.store import LoadSummary
from basketweave.graph.tables import Tables
from basketweave.neo4j_server import Neo4jServer, ServerInfo
from basketweave.progress import SILENT, Progress


def bulk_load(
    tables: Tables,
    server: Neo4jServer,
    derived: DerivedTables | None = None,
    *,
    overwrite: bool = False,
    heap: str = "1g",
    threads: int = 2,
    progress: Progress = SILENT,
) -> LoadSummary:
    """Load the tables, and what was derived from them, in place of what is there.

    A new database is imported beside the one that serves, and takes its place when it is
    whole: where anything fails or the disk is full, the old one serves on. Then come
    constraints and indexes. The server runs afterwards.

    Raises `StoreError` where the database is not empty and not to be overwritten, or
    where it cannot be imported; `DataError` where the tables cannot be stored.
    """
    info = server.start()
    there = holds(info.bolt_uri, user=info.user, password=info.password)
    if there and not overwrite:
        raise StoreError(
            f"The database in {info.home} has {there:,} nodes. A bulk load replaces all "
            "of it: say --overwrite, choose another --home, or load without --bulk."
        )
    folder = info.home / "bulk-files"
    try:
        files = write_bulk(tables, folder, derived, threads=threads, progress=progress)
        with progress.task("Importing into Neo4j", 1) as advance:
            info = server.replace_database(
                files.nodes,
                files.relationships,
                between=BETWEEN,
                heap=heap,
                threads=threads,
            )
            advance(1)
        _finish(info, files, progress)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return files.summary


def _finish(info: ServerInfo, files: BulkFiles, progress: Progress) -> None:
    with progress.task("Making constraints and indexes", 1) as advance:
        login = {"user": info.user, "password": info.password}
        finish(info.bolt_uri, files.empty, **login)
        advance(1)
