"""`basketweave experiment start | list | report | stop`: two blends side by side."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from basketweave.cli.console import Bars, say, show_json, show_table
from basketweave.cli.options import DEFAULT_STORE, AsJson, StoreUri, open_store

if TYPE_CHECKING:
    from basketweave.graph.experiments import LiveExperiment

app = typer.Typer(no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="Its name.")]
EventKind = Annotated[
    str | None,
    typer.Option("--kind", help="The events that count; default: the target's kind."),
]


@app.command()
def start(
    name: Name,
    a: Annotated[str, typer.Option("--a", help="As it is, such as blend_new@3.")],
    b: Annotated[str, typer.Option("--b", help="What may replace it.")],
    share: Annotated[float, typer.Option(help="Of the people, whom b serves.")] = 0.5,
    store: StoreUri = DEFAULT_STORE,
) -> None:
    """Serve one blend to some people, and another to the rest."""
    from basketweave.experiments.running import Experiments

    with open_store(store) as graph:
        found = Experiments(graph).start(name, a, b, share)
    say(
        f"{name} runs: {found.b} for {share:.0%} of the people, {found.a} for the rest."
    )


@app.command("list")
def list_all(store: StoreUri = DEFAULT_STORE, as_json: AsJson = False) -> None:
    """List all experiments, the newest first."""
    with open_store(store, read_only=True) as graph:
        found = graph.experiments()
    if as_json:
        show_json([vars(one) for one in found])
        return
    columns = ["name", "a", "b", "share of b", "started", "stopped"]
    show_table("Experiments", columns, [_row(one) for one in found])


@app.command()
def report(
    name: Name,
    window_days: Annotated[
        float, typer.Option(min=0, help="Days in which an item shown may be taken.")
    ] = 7,
    kind: EventKind = None,
    level: Annotated[
        float, typer.Option(min=0.5, max=0.9999, help="Of the interval.")
    ] = 0.99,
    picture: Annotated[Path | None, typer.Option(help="A .png to draw it in.")] = None,
    store: StoreUri = DEFAULT_STORE,
    as_json: AsJson = False,
) -> None:
    """Say what each group took of what it was shown, and whether they differ."""
    from basketweave.experiments.report import report as reported
    from basketweave.experiments.running import Experiments

    with open_store(store, read_only=True) as graph:
        experiment = Experiments(graph).named(name)
        found = reported(
            graph, experiment, window_days=window_days, kind=kind, level=level
        )
    if picture is not None:
        from basketweave.experiments.picture import drawn

        drawn(found).savefig(picture, dpi=150)
    if as_json:
        show_json(found.to_dict())
        return
    columns = ["group", "blend", "users", "shown", "taken", "rate", "±", "buyers"]
    rows = [
        [
            *(group, getattr(experiment, group), one.users, one.shown, one.taken),
            *(f"{one.rate:.4f}", f"{one.error:.4f}", f"{one.buyers:.3f}"),
        ]
        for group, one in (("a", found.whole.a), ("b", found.whole.b))
    ]
    show_table(f"{name}: taken within {window_days:g} days", columns, rows)
    say(f"Groups of these sizes: p = {found.whole.ratio_p:.3g}")
    say(found.sentence())


@app.command()
def counterfactual(
    blend: Annotated[str, typer.Argument(help="A published blend: blend_new@4.")],
    since: Annotated[
        str | None, typer.Option(help="Answers from this date, time or second on.")
    ] = None,
    answers: Annotated[
        int, typer.Option(min=1, help="Ask at most so many of them again.")
    ] = 5_000,
    window_days: Annotated[
        float, typer.Option(min=0, help="Days in which an item shown may be taken.")
    ] = 7,
    kind: EventKind = None,
    store: StoreUri = DEFAULT_STORE,
    as_json: AsJson = False,
) -> None:
    """Estimate what people would have taken of a blend, from what they were shown."""
    from basketweave.experiments.asked_again import ask_again

    with open_store(store, read_only=True) as graph:
        found = ask_again(
            graph,
            blend,
            since=since,
            answers=answers,
            window_days=window_days,
            kind=kind,
            progress=Bars(),
        )
    if as_json:
        show_json(found.to_dict())
        return
    rows = [[name, value] for name, value in found.to_dict().items()]
    show_table(f"{blend}, from the log", ["figure", "value"], rows)
    say(found.sentence())


@app.command()
def stop(name: Name, store: StoreUri = DEFAULT_STORE) -> None:
    """End an experiment: the live blend serves everyone again."""
    from basketweave.experiments.running import Experiments

    with open_store(store) as graph:
        Experiments(graph).stop(name)
    say(
        f"{name} is stopped: the live blend serves everyone. Let b serve: publish or use it."
    )


def _row(one: LiveExperiment) -> list[object]:
    stopped = "runs" if one.stopped is None else _day(one.stopped)
    return [one.name, one.a, one.b, f"{one.share:g}", _day(one.started), stopped]


def _day(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%d %H:%M")
