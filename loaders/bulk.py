"""A first load into a private Neo4j, by its own importer in place of Bolt."""

from __future__ import annotations

import shutil
from pathlib import Path

from basketweave.errors import StoreError
from basketweave.graph.neo4j.bulk.columns import BETWEEN
from basketweave.graph.neo4j.bulk.files import PIECE, BulkFiles, write_bulk
from basketweave.graph.neo4j.bulk.finish import finish, holds
from basketweave.graph.neo4j.bulk.source import BulkSource
from basketweave.graph.sharded import PartsFolder
from basketweave.graph.store import LoadSummary
from basketweave.loaders.options import Options
from basketweave.loaders.sample import load_sample
from basketweave.neo4j_server import Neo4jServer, ServerInfo
from basketweave.progress import SILENT, Progress


def read_bulk(
    source: str, options: Options | None = None, sample: int | None = None
) -> BulkSource:
    """A source as `load_tables` knows it, so many people of it alone, or all.

    A folder of Parquet parts is read later, part by part, with what was derived in it,
    unless the options leave some of its events out: then it is read into memory as any
    other source, and what was derived from all events stays where it is.
    """
    chosen = options or Options()
    name, _, folder = source.partition(":")
    if name == "parquet" and folder and sample is None and not chosen.leave_out:
        return BulkSource.of_folder(PartsFolder.open(Path(folder)))
    return BulkSource.of_tables(load_sample(source, chosen, sample))


def bulk_load(
    source: BulkSource,
    server: Neo4jServer,
    *,
    overwrite: bool = False,
    heap: str = "1g",
    threads: int = 2,
    piece: int = PIECE,
    progress: Progress = SILENT,
) -> LoadSummary:
    """Load the source, and what was derived from it, in place of what is there.

    A new database is imported beside the one that serves, and takes its place when it is
    whole: where anything fails or the disk is full, the old one serves on. Then come
    constraints and indexes. The server runs afterwards.

    threads   at work; each has some `piece` events of whole users in memory

    Raises `StoreError` where the database is not empty and not to be overwritten, or
    where it cannot be imported; `DataError` where the source cannot be read or stored.
    """
    if not overwrite:
        _refuse_to_replace(server)
    folder = server.home / "bulk-files"
    try:
        files = write_bulk(
            source, folder, threads=threads, piece=piece, progress=progress
        )
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


def _refuse_to_replace(server: Neo4jServer) -> None:
    """Raise `StoreError` where there is a node; what never was started has none."""
    if server.is_new:
        return
    info = server.start()
    if there := holds(info.bolt_uri, user=info.user, password=info.password):
        raise StoreError(
            f"The database in {info.home} has {there:,} nodes. A bulk load replaces all "
            "of it: say --overwrite, choose another --home, or load without --bulk."
        )


def _finish(info: ServerInfo, files: BulkFiles, progress: Progress) -> None:
    with progress.task("Making constraints and indexes", 1) as advance:
        login = {"user": info.user, "password": info.password}
        finish(info.bolt_uri, files.empty, **login)
        advance(1)
