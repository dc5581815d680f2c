"""`basketweave load | generate | derive | doctor`: get data in, and look at what is there."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypedDict

import typer

from basketweave.cli.console import (
    Bars,
    say,
    show_finding,
    show_json,
    show_lines,
    show_mapping,
)
from basketweave.cli.options import (
    DEFAULT_STORE,
    AsJson,
    AsOf,
    Memory,
    Processes,
    Seed,
    Shards,
    StoreUri,
    open_store,
)
from basketweave.errors import UsageError
from basketweave.graph.address import shown, typed

if TYPE_CHECKING:
    from basketweave.graph.derive import DeriveConfig
    from basketweave.graph.kinds import Kinds
    from basketweave.graph.neo4j.bulk.source import BulkSource
    from basketweave.graph.sharded.derived_files import DerivedFiles
    from basketweave.graph.store import LoadSummary


def load(
    source: Annotated[
        str, typer.Argument(help="complete_journey, beauty, recbole:FOLDER, a .yaml …")
    ],
    store: StoreUri = DEFAULT_STORE,
    k_core: Annotated[
        int, typer.Option(help="Keep users and items with k events.")
    ] = 0,
    min_stars: Annotated[
        float | None, typer.Option(help="Drop ratings below this.")
    ] = None,
    session_gap: Annotated[
        float | None, typer.Option(help="Minutes that end a session; these are users.")
    ] = None,
    since: Annotated[
        str | None, typer.Option(help="Drop events before this date or time.")
    ] = None,
    until: Annotated[
        str | None, typer.Option(help="Drop events after this date or time.")
    ] = None,
    links: Annotated[
        bool, typer.Option("--links", help="Read what was also bought or viewed.")
    ] = False,
    sample: Annotated[
        int | None, typer.Option(min=1, help="So many people alone, drawn at random.")
    ] = None,
    max_bad: Annotated[
        float, typer.Option(help="Share of unusable rows that stops the load.")
    ] = 0.05,
    quarantine: Annotated[
        Path, typer.Option(help="File for the rows that could not be used.")
    ] = Path("quarantine.csv"),
    to: Annotated[
        Path | None,
        typer.Option(help="Write Parquet parts by user into this folder, no store."),
    ] = None,
    parts: Annotated[int, typer.Option(min=1, help="Into how many, with --to.")] = 64,
    add: Annotated[
        bool, typer.Option("--add", help="With --to: add to what the folder has.")
    ] = False,
    bulk: Annotated[
        bool,
        typer.Option("--bulk", help="Into the private Neo4j, by its own importer."),
    ] = False,
    home: Annotated[
        Path | None, typer.Option(help="The private server's folder, with --bulk.")
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="With --bulk: replace what is there.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Load a source into the store. Loading again adds nothing twice.

    The next day's files change what they say and nothing else.
    """
    from basketweave.loaders import Options, write_quarantine
    from basketweave.loaders.bulk import read_bulk
    from basketweave.loaders.sample import load_sample

    if add and to is None:
        raise UsageError("--add needs --to FOLDER. A store is added to without it.")
    options = Options(
        k_core=k_core,
        min_stars=min_stars,
        session_gap=session_gap,
        since=since,
        until=until,
        links=links,
        max_bad=max_bad,
    )
    bars = Bars()
    with bars.task(f"Reading {source}", total=1) as advance:
        if bulk and to is None:
            brought = read_bulk(source, options, sample)
            tables = brought.catalogue
        else:
            tables = load_sample(source, options, sample)
        advance(1)
    if len(tables.quarantine):
        write_quarantine(tables, quarantine)
    if to is not None:
        from basketweave.graph.sharded import add_to_parts, write_parts

        if add:
            parts = add_to_parts(tables, to, bars).parts
        else:
            write_parts(tables, to, parts, bars)
        say(f"{len(tables.events):,} events in {parts} parts. Next:  {_sharded(to)}")
        return
    if bulk:
        summary = _bulk(brought, home, overwrite=overwrite, bars=bars)
    else:
        with open_store(store, new=True) as graph:
            summary = graph.load(tables, progress=bars)
    if as_json:
        show_json({**asdict(summary), "warnings": list(tables.warnings)})
        return
    counts = asdict(summary)
    notes = counts.pop("notes")
    show_mapping(f"{tables.name} -> {shown(store)}", {**counts, **notes})
    if len(tables.quarantine):
        say(f"Set aside: {len(tables.quarantine):,} unusable rows, in {quarantine}")
    for warning in tables.warnings:
        show_finding("warning", warning)
    if not summary.events + summary.already_there:
        say("No event is left. Ask for fewer with --k-core, or a wider --since.")
        return
    say(f"Next:  basketweave derive --store {typed(store)}")


def _bulk(
    source: BulkSource, home: Path | None, *, overwrite: bool, bars: Bars
) -> LoadSummary:
    from basketweave.loaders.bulk import bulk_load
    from basketweave.neo4j_server import Neo4jServer, default_home

    server = Neo4jServer(home or default_home())
    return bulk_load(source, server, overwrite=overwrite, progress=bars)


def derive(
    store: StoreUri = DEFAULT_STORE,
    as_of: AsOf = None,
    events: Annotated[
        str | None,
        typer.Option(
            metavar="FOLDER",
            help="Parquet parts to derive from, out of core (load --to).",
        ),
    ] = None,
    spark: Annotated[
        str | None,
        typer.Option(
            metavar="MASTER", help="Of --events: on this cluster, as spark://host:7077."
        ),
    ] = None,
    shards: Shards = None,
    processes: Processes = 2,
    memory: Memory = 4_000,
    newest_events: Annotated[
        int, typer.Option(min=1, help="A user's events that make pairs.")
    ] = 5_000,
    top: Annotated[
        int, typer.Option(min=1, help="Relationships kept for each item and type.")
    ] = 50,
    only_files: Annotated[
        bool, typer.Option("--only-files", help="Of --events: leave the store alone.")
    ] = False,
    keep: Annotated[
        bool,
        typer.Option("--keep", help="Of --events: count only what is new, next time."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Derive CO_PURCHASED, FOLLOWED_BY and popularity from the events.

    With --events from Parquet parts, in shards, however many there are: broken off, it
    goes on where it stood. What is derived lies in FOLDER/derived, and in the store.
    """
    from basketweave.graph.derive import DeriveConfig
    from basketweave.graph.derive import derive as derive_edges

    derived = ("co_purchased", "followed_by", "followed_by_baskets")
    kept = {name: {"top_k": top} for name in derived}
    config, bars = DeriveConfig(newest_events=newest_events, **kept), Bars()
    if events is None:
        if shards or only_files or keep or spark:
            raise UsageError(
                "--shards, --keep, --spark and --only-files need --events FOLDER."
            )
        with open_store(store) as graph:
            summary = derive_edges(graph, as_of=as_of, config=config, progress=bars)
    else:
        from basketweave.graph.sharded.derive import derive_parts
        from basketweave.graph.sharded.settings import Sharding

        kinds = None if only_files else _kinds(store)
        how: _How = {"as_of": as_of, "config": config, "kinds": kinds, "progress": bars}
        if spark is not None:
            found = _on_spark(events, spark, shards, only_files, how)
        else:
            sharding = Sharding(
                shards=shards, processes=processes, memory_mb=memory, keep=keep
            )
            found = derive_parts(Path(events), sharding, **how)
        summary = found.summary
        if not only_files:
            with open_store(store) as graph:
                summary = found.into(graph, bars, processes)
    if as_json:
        show_json(summary)
        return
    show_mapping(f"Derived in {shown(store)}", asdict(summary))
    say(f"Next:  basketweave train gat --publish --store {typed(store)}")


class _How(TypedDict):
    """What deriving from files is told, whoever counts."""

    as_of: AsOf
    config: DeriveConfig
    kinds: Kinds | None
    progress: Bars


def _on_spark(
    events: str, master: str, shards: int | None, only_files: bool, how: _How
) -> DerivedFiles:
    from basketweave.graph.sharded.spark_derive import derive_on_spark

    if "://" in events and not only_files:
        raise UsageError(
            f"What Spark writes in {events} is not read here: add --only-files. Copy its "
            "folder derived beside the parts, and load those."
        )
    return derive_on_spark(events, master, shards=shards, **how)


def _kinds(store: str) -> Kinds | None:
    """How kinds of events count in the store, where somebody said so."""
    with open_store(store, read_only=True) as graph:
        found = graph.dataset()
    return found.kinds if found else None


def generate(
    folder: Annotated[Path, typer.Argument(help="Folder for the Parquet parts.")],
    events: Annotated[float, typer.Option(min=1, help="How many, such as 1e6.")] = 1e6,
    seed: Seed = 0,
    per_user: Annotated[float, typer.Option(help="Events of a user.")] = 12,
    per_item: Annotated[float, typer.Option(help="Events of an item.")] = 60,
    basket: Annotated[float, typer.Option(help="Events of a visit; 1: single.")] = 3,
) -> None:
    """Generate events as a shop might have them, to size a server or measure with.

    Few items are popular, people have favourites and shop in baskets. Memory does not
    grow with the number of events; the same seed gives the same files.
    """
    from basketweave.loaders.generate import Generated
    from basketweave.loaders.generate import generate as write

    config = Generated(
        events=round(events),
        seed=seed,
        per_user=per_user,
        per_item=per_item,
        basket=basket,
    )
    found = write(config, folder, Bars())
    say(f"{found.events:,} events in {found.parts} parts, in {folder}")
    say(f"Next:  basketweave load parquet:{folder}    or:  {_sharded(folder)}")


def _sharded(folder: Path) -> str:
    return f"basketweave derive --events {folder} --only-files"


def doctor(store: StoreUri = DEFAULT_STORE, as_json: AsJson = False) -> None:
    """Look for what would spoil recommendations or their evaluation."""
    from basketweave.graph.connect import prefix_of
    from basketweave.graph.stats import doctor as examine
    from basketweave.graph.stats import stats

    with open_store(store, read_only=True) as graph:
        found = examine(graph)
        if prefix_of(store):
            from basketweave.loaders.own_graph.findings import findings

            found = [*findings(graph), *found]
        refused = any(one.refused for one in graph.misfits())
        counted = None if refused else stats(graph)
    if as_json:
        told = counted.to_dict() if counted else None
        show_json({"stats": told, "findings": [asdict(f) for f in found]})
        return
    if counted:
        show_lines(counted.lines())
    for finding in found:
        show_finding(finding.level, f"{finding.what} {finding.advice}")
