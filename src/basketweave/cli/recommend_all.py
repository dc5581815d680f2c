"""`basketweave recommend-all`: everyone's lists, into files and into the graph."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from basketweave.cli.console import Bars, say
from basketweave.cli.options import DEFAULT_STORE, Known, StoreUri, open_store
from basketweave.cli.recommend import K, Weight, weights_of
from basketweave.cli.rules import NO_RULES, Rules, with_rules

if TYPE_CHECKING:
    from basketweave.graph.neo4j import Neo4jStore
    from basketweave.graph.store import GraphStore


@with_rules
def recommend_all(
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            help="A .parquet, .csv or .jsonl file; with --shards a folder.",
        ),
    ] = None,
    store: StoreUri = DEFAULT_STORE,
    k: K = 10,
    known: Known = "new",
    weight: Weight = None,
    shards: Annotated[
        int | None,
        typer.Option(help="Write so many Parquet parts; done again, it goes on."),
    ] = None,
    processes: Annotated[
        int, typer.Option(help="Processes that compute parts at the same time.")
    ] = 1,
    spark: Annotated[
        str | None,
        typer.Option(
            metavar="MASTER", help="Of --shards: on this cluster, as spark://host:7077."
        ),
    ] = None,
    write: Annotated[
        bool,
        typer.Option("--write", help="RECOMMENDED relationships too, on Neo4j."),
    ] = False,
    remove: Annotated[
        bool, typer.Option("--remove", help="Take those relationships away, no more.")
    ] = False,
    rules: Rules = NO_RULES,
) -> None:
    """Write the lists of all users into one file or folder, as a nightly job wants them.

    With --write into the graph too, in place of the lists that are there: each list
    changes as a whole.
    """
    from basketweave.cli.frames import checked, write_frame
    from basketweave.errors import UsageError
    from basketweave.serving.recommender import Recommender

    if remove:
        with open_store(store) as graph:
            say(f"RECOMMENDED removed: {_on_neo4j(graph).remove_recommended():,}")
        return
    if out is None and (shards is not None or not write):
        raise UsageError("Name a file with --out, with --shards a folder; or --write.")
    if spark is not None and shards is None:
        raise UsageError("--spark needs --shards N and a folder, --out FOLDER.")
    asked: dict[str, Any] = {
        "k": k,
        "known": known,
        "weights": weights_of(weight),
        "where": rules,
    }
    if shards is None and out is not None:
        checked(out)
    with open_store(store, read_only=True) as graph:
        if write:
            _on_neo4j(graph)
        client = Recommender(graph)
        notes = () if weight else client.notes(known)  # type: ignore[arg-type]
        model = client.origin(known, asked["weights"])  # type: ignore[arg-type]
        if shards is None:
            lists = client.recommend_all(**asked, progress=Bars())
            if out is not None:
                write_frame(lists, out)
            users, rows = lists["user"].n_unique(), len(lists)
            made = [lists.lazy()]
    if shards is not None:
        from basketweave.serving.in_parts import ListsInParts, parts, write_lists

        assert out is not None
        wanted = ListsInParts(shards, **asked)
        users, rows = write_lists(
            store, out, wanted, processes=processes, spark=spark, progress=Bars()
        )
        made = parts(out, shards)
    if write:
        with open_store(store) as graph:
            written = _on_neo4j(graph).write_recommended(made, model, progress=Bars())
        say(f"{written:,} RECOMMENDED, from {model}")
    say(f"{rows:,} recommendations for {users:,} users: {out or store}")
    for note in notes:
        say(note)


def _on_neo4j(graph: GraphStore) -> Neo4jStore:
    """Raises `UsageError` where the store is no Neo4j."""
    from basketweave.errors import UsageError

    if graph.dialect != "neo4j":
        raise UsageError(
            "RECOMMENDED relationships are written to Neo4j alone. Lists from an embedded "
            "store go into files: --out lists.parquet"
        )
    from basketweave.graph.neo4j import Neo4jStore

    assert isinstance(graph, Neo4jStore)
    return graph
