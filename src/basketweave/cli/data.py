"""`basketweave load | derive | doctor`: get data in, and look at what is there."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

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
    StoreUri,
    open_store,
)
from basketweave.graph.address import shown


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
    max_bad: Annotated[
        float, typer.Option(help="Share of unusable rows that stops the load.")
    ] = 0.05,
    quarantine: Annotated[
        Path, typer.Option(help="File for the rows that could not be used.")
    ] = Path("quarantine.csv"),
    as_json: AsJson = False,
) -> None:
    """Load a source into the store. Loading again adds nothing twice.

    The next day's files change what they say and nothing else.
    """
    from basketweave.loaders import Options, load_tables, write_quarantine

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
        tables = load_tables(source, options=options)
        advance(1)
    if len(tables.quarantine):
        write_quarantine(tables, quarantine)
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
    if not len(tables.events):
        say("No event is left. Ask for fewer with --k-core, or a wider --since.")
        return
    say(f"Next:  basketweave derive --store {shown(store)}")


def derive(
    store: StoreUri = DEFAULT_STORE,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Derive CO_PURCHASED, FOLLOWED_BY and popularity from the events."""
    from basketweave.graph.derive import derive as derive_edges

    with open_store(store) as graph:
        summary = derive_edges(graph, as_of=as_of, progress=Bars())
    if as_json:
        show_json(summary)
        return
    show_mapping(f"Derived in {shown(store)}", asdict(summary))
    say(f"Next:  basketweave train gat --publish --store {shown(store)}")


def doctor(store: StoreUri = DEFAULT_STORE, as_json: AsJson = False) -> None:
    """Look for what would spoil recommendations or their evaluation."""
    from basketweave.graph.stats import doctor as examine
    from basketweave.graph.stats import stats

    with open_store(store, read_only=True) as graph:
        found = examine(graph)
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
