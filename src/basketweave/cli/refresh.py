"""`basketweave refresh`: the nightly job in one command."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from basketweave.cli.console import Bars, say, show_json, show_table
from basketweave.cli.folders import Folder, folder_of
from basketweave.cli.options import (
    DEFAULT_STORE,
    AsJson,
    Days,
    Device,
    Protocol,
    StoreUri,
    Users,
    open_store,
)

if TYPE_CHECKING:
    from basketweave.choosing.refresh_job import Refreshed


def refresh(
    store: StoreUri = DEFAULT_STORE,
    only_if_better: Annotated[
        bool,
        typer.Option(
            "--only-if-better",
            help="Publish nothing that is worse on the last window than what is live.",
        ),
    ] = False,
    protocol: Protocol = "time",
    days: Days = 28,
    known: Annotated[
        list[str] | None,
        typer.Option(help="any, new or again; default: any and new."),
    ] = None,
    users: Users = 2_000,
    device: Device = "auto",
    folder: Folder = None,
    keep_shown: Annotated[
        float,
        typer.Option(
            min=0, max=36_500, help="Keep what people were shown for so many days."
        ),
    ] = 90,
    whole: Annotated[
        bool,
        typer.Option(
            "--whole", help="Of an adopted graph read all events, not only new ones."
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Derive, train what is live again, learn the blend, publish, prune: every night.

    Nothing is done where nothing has changed since the last time. Stopped or killed, it
    goes on where it stood when it is run again.
    """
    from basketweave.choosing.refresh import refresh as run
    from basketweave.choosing.refresh_job import Refresh

    given = {"known": tuple(known)} if known else {}
    asked = Refresh(
        protocol=protocol,
        days=days,
        users=users,
        device=device,
        only_if_better=only_if_better,
        **given,
    )
    place = folder or folder_of(store)
    _take_over(store, whole)
    found = run(partial(open_store, store), place, asked, Bars())
    pruned(store, keep_shown)
    if as_json:
        show_json(found)
        return
    _show(found)


def _take_over(store: str, whole: bool) -> None:
    """In a graph of somebody's own, what is new there since the last time."""
    from basketweave.errors import UsageError
    from basketweave.graph.connect import prefix_of
    from basketweave.loaders.own_graph import read_new
    from basketweave.loaders.own_graph.adopt import EARLIER

    if prefix_of(store) is None:
        if whole:
            raise UsageError("--whole is for an adopted graph. Load all files again.")
        return
    with open_store(store) as graph:
        found = read_new(graph, Bars(), whole=whole)
    say(
        f"New in the graph: {found.events:,} events, {found.items:,} items, "
        f"{found.users:,} users"
    )
    for note, n in found.notes.items():
        if note.startswith(EARLIER):
            say(f"{n:,} {note}: read all again with basketweave refresh --whole")


def pruned(store: str, days: float) -> None:
    """Take away what was shown before these days; nothing is written for nothing."""
    before = int(time.time() - days * 86_400)
    with open_store(store, read_only=True) as graph:
        first = graph.count_shown()[1]
    if first is not None and first < before:
        with open_store(store) as graph:
            graph.prune_shown(before)


def _show(found: Refreshed) -> None:
    if found.derived is None:
        say("Nothing has changed since the last refresh, and nothing was done.")
        return
    say(
        f"Derived: {found.derived.co_purchased:,} CO_PURCHASED, "
        f"{found.derived.followed_by:,} FOLLOWED_BY"
    )
    columns = [
        "known",
        "users",
        "live",
        "new",
        "new - live",
        "95 % interval",
        "so it is",
    ]
    rows = [
        [
            one.known,
            one.users,
            one.live,
            one.new,
            f"{one.difference.mean:+.4f}",
            f"{one.difference.low:+.4f} … {one.difference.high:+.4f}",
            one.verdict,
        ]
        for one in found.compared
    ]
    show_table("NDCG@10 of the blend on the last window", columns, rows)
    for known in found.left_out:
        say(
            f"No weights for known={known}: nobody of one of the last two windows took "
            "such an item."
        )
    if found.published:
        say(f"Live: {', '.join(found.published)}")
    else:
        say("Not published: it is worse on the last window than what is live.")
