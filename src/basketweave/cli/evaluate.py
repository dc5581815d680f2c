"""`basketweave evaluate | demo`: compare everything under one honest protocol."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from basketweave.baselines.registry import BASELINES, OTHERS
from basketweave.cli.console import Bars, out, say
from basketweave.cli.options import (
    DEFAULT_STORE,
    AsJson,
    Days,
    Known,
    Memory,
    Processes,
    Protocol,
    Seed,
    Shards,
    StoreUri,
    open_store,
)
from basketweave.encoders.registry import ENCODERS


def evaluate(
    store: StoreUri = DEFAULT_STORE,
    protocol: Protocol = "time",
    days: Days = 28,
    known: Known = "any",
    encoder: Annotated[
        str | None,
        typer.Option(
            help=f"In the blend: none, or {ENCODERS}. Default: filter; of --from none."
        ),
    ] = None,
    baseline: Annotated[
        list[str] | None,
        typer.Option(help=f"Only these; default: {BASELINES}. Also: {OTHERS}."),
    ] = None,
    diversity: Annotated[
        list[float] | None,
        typer.Option(help="Also the blend with this diversity (may be repeated)."),
    ] = None,
    explore: Annotated[
        list[float] | None,
        typer.Option(help="Also the blend that explores this share of places."),
    ] = None,
    seed: Seed = 0,
    refit: Annotated[
        bool,
        typer.Option(
            help="Fit anew on all before the test, as what is served. Without: learn "
            "from what lies before validation, as published results do."
        ),
    ] = True,
    folder: Annotated[
        Path, typer.Option(help="Where table, JSON and picture go.")
    ] = Path("evaluation-report"),
    from_: Annotated[
        Path | None,
        typer.Option(
            "--from",
            metavar="PARTS",
            help="Parquet parts to count in shards, in place of a store (load --to).",
        ),
    ] = None,
    people: Annotated[
        int, typer.Option(min=1, help="Of --from: about so many are asked about.")
    ] = 20_000,
    shards: Shards = None,
    processes: Processes = 2,
    memory: Memory = 4_000,
    as_json: AsJson = False,
) -> None:
    """Rank the full catalogue for every user, with all baselines and the blend.

    With --from for a sample of the people in Parquet parts, however many there are.
    """
    from basketweave.choosing.compare import Comparison, compare
    from basketweave.choosing.compare_parts import compare_parts
    from basketweave.graph.sharded.settings import Sharding

    asked = Comparison(
        protocol=protocol,
        days=days,
        known=known,
        encoder=encoder or ("filter" if from_ is None else "none"),
        baselines=tuple(baseline) if baseline else None,
        diversity=tuple(diversity or ()),
        explore=tuple(explore or ()),
        seed=seed,
        refit=refit,
    )
    bars = Bars()
    if from_ is not None:
        cut = Sharding(shards=shards, processes=processes, memory_mb=memory)
        report = compare_parts(
            *(from_, asked, folder / "work"), people=people, sharding=cut, progress=bars
        )
    else:
        with open_store(store, read_only=True) as graph:
            full = graph.export(progress=bars)
        report = compare(full, asked, folder / "work", bars)
    report.save(folder)
    if as_json:
        typer.echo(report.to_json())
        return
    out.print(report)
    say(f"Saved: {folder}")


def demo(
    store: StoreUri = ".basketweave/demo.lbug",
    folder: Annotated[
        Path, typer.Option(help="Where trained models and reports go.")
    ] = Path(".basketweave/demo"),
    user: Annotated[str, typer.Option(help="Whose recommendations to show.")] = "1",
    fresh: Annotated[bool, typer.Option(help="Forget what was done before.")] = False,
) -> None:
    """Run the main job on the Complete Journey: load, learn, evaluate, recommend."""
    from basketweave.cli.demo import run

    run(store, folder, user=user, fresh=fresh, progress=Bars())
