"""`basketweave blend`: how much each part counts, learnt and published."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from basketweave.cli.console import Bars, say, show_json, show_table
from basketweave.cli.options import DEFAULT_STORE, AsJson, StoreUri, open_store

if TYPE_CHECKING:
    from basketweave.graph.vectors import ModelCard
    from basketweave.serving.learn import Learned
    from basketweave.serving.request import Known


def add_to(app: typer.Typer) -> None:
    """Put this file's command on the command line."""
    app.command()(blend)


def blend(
    store: StoreUri = DEFAULT_STORE,
    protocol: Annotated[
        str, typer.Option(help="time: the last days; last-item: leave one out.")
    ] = "time",
    days: Annotated[float, typer.Option(help="Length of the windows.")] = 28,
    known: Annotated[
        list[str] | None,
        typer.Option(help="any, new or again; default: any and new."),
    ] = None,
    kind: Annotated[
        str, typer.Option(help="The events that are predicted.")
    ] = "PURCHASED",
    users: Annotated[int, typer.Option(min=1, help="Ask at most so many.")] = 2_000,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or cuda:1.")] = "auto",
    as_json: AsJson = False,
) -> None:
    """Learn the blend's weights for what is live, and publish them.

    Each live encoder is trained once more on what came before the window before the
    last one, and the weights that rank this window best by NDCG@10 go live.
    """
    from basketweave.serving.learn import publish_blend
    from basketweave.serving.request import Request
    from basketweave.serving.settings import BlendSettings
    from basketweave.serving.weigh import live_encoders, weigh
    from basketweave.tuning.measure import validation_of

    asked: list[Known] = [
        Request.of(user=None, known=one).known for one in known or ("any", "new")
    ]
    with open_store(store) as graph:
        cards = live_encoders(graph.models())
        full = graph.export(items=_properties(cards), progress=Bars())
        split = validation_of(full, protocol, days=days, kind=kind)
        learned = weigh(
            split, cards, asked, users=users, device=device, progress=Bars()
        )
        versions = publish_blend(graph, learned, BlendSettings(), split.train.as_of)
    if as_json:
        show_json({v.card.name: {"version": v.version, **v.weights} for v in versions})
        return
    _show(learned)
    say(f"These weights are live. Next:  basketweave recommend USER --store {store}")


def _properties(cards: list[ModelCard]) -> list[str]:
    """The item properties that the encoders read."""
    from basketweave.serving.weigh import config_of

    return list(dict.fromkeys(p for c in cards for p in config_of(c).item_properties))


def _show(learned: dict[Known, Learned]) -> None:
    parts = list(dict.fromkeys(p for found in learned.values() for p in found.weights))
    rows = [
        [name, found.ndcg, found.power, *(found.weights.get(p, 0.0) for p in parts)]
        for name, found in learned.items()
    ]
    show_table("Weights, by validation", ["known", "NDCG@10", "power", *parts], rows)
