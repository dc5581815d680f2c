"""`basketweave kinds`: how events of each kind count, shown and set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from basketweave.cli.console import say, show_json, show_table
from basketweave.cli.options import DEFAULT_STORE, AsJson, StoreUri, open_store
from basketweave.graph.address import typed
from basketweave.graph.schema import EVENT_KINDS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from basketweave.graph.kinds import Kinds


def kinds(
    store: StoreUri = DEFAULT_STORE,
    weight: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KIND=NUMBER", help="What one event of a kind counts; 0: nothing."
        ),
    ] = None,
    familiar: Annotated[
        list[str] | None,
        typer.Option("--known", help="This kind makes an item known."),
    ] = None,
    unfamiliar: Annotated[
        list[str] | None,
        typer.Option("--unknown", help="This kind makes nothing known."),
    ] = None,
    target: Annotated[
        str | None, typer.Option(help="The kind that is predicted.")
    ] = None,
    reset: Annotated[
        bool, typer.Option("--reset", help="Let them count by default again.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show or set how events of each kind count.

    By default a view weighs a tenth of a purchase and does not make its item known, so
    that it can still be recommended as new.
    """
    from basketweave.graph.kinds import counting

    changes = bool(weight or familiar or unfamiliar or target)
    with open_store(store, read_only=not (changes or reset)) as graph:
        held = graph.export(relations=())
        counts = counting(None, list(held.events)) if reset else held.counts
        if changes:
            makes_known = {*counts.known, *(familiar or ())} - {*(unfamiliar or ())}
            counts = _changed(counts, weight or (), makes_known, target)
        if changes or reset:
            graph.set_kinds(counts if changes else None)
    n = {kind: len(events) for kind, events in held.events.items()}
    rows = [_row(kind, n.get(kind, 0), counts) for kind in EVENT_KINDS]
    if as_json:
        names = ("events", "weight", "known", "target")
        show_json({kind: dict(zip(names, row, strict=True)) for kind, *row in rows})
        return
    columns = ["kind", "events", "weight", "makes known", "target"]
    told = [[*row[:3], *("yes" if mark else "" for mark in row[3:])] for row in rows]
    show_table("How events count", columns, told)
    if changes or reset:
        say(f"Next:  basketweave derive --store {typed(store)}")


def _row(kind: str, n: int, counts: Kinds) -> list[object]:
    known, target = kind in counts.known, kind == counts.target
    return [kind, n, float(counts.weights[kind]), known, target]


def _changed(
    counts: Kinds, weights: Iterable[str], familiar: Collection[str], target: str | None
) -> Kinds:
    """These with what was asked for; a new target makes its items known."""
    from basketweave.graph.kinds import Kinds

    aim = target or counts.target
    also = {target} if target else set()
    return Kinds(
        {**counts.weights, **dict(map(_weight, weights))},
        tuple(kind for kind in EVENT_KINDS if kind in {*familiar, *also}),
        aim,
    )


def _weight(given: str) -> tuple[str, float]:
    kind, _, number = given.partition("=")
    try:
        return kind, float(number)
    except ValueError:
        raise typer.BadParameter(
            f"{given!r} is no weight of a kind. Write it as VIEWED=0.1",
            param_hint="--weight",
        ) from None
