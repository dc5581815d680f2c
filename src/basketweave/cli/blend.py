"""`basketweave blend`: how much each part counts, learnt and published."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from basketweave.cli.console import Bars, say, show_json, show_table
from basketweave.cli.options import (
    DEFAULT_STORE,
    AsJson,
    Days,
    Device,
    Kind,
    Protocol,
    StoreUri,
    Users,
    open_store,
)
from basketweave.graph.address import typed

if TYPE_CHECKING:
    from basketweave.blend.settings import BlendSettings
    from basketweave.choosing.weights import Learned
    from basketweave.graph.known import Known


def blend(
    store: StoreUri = DEFAULT_STORE,
    protocol: Protocol = "time",
    days: Days = 28,
    known: Annotated[
        list[str] | None,
        typer.Option(help="any, new or again; default: any and new."),
    ] = None,
    kind: Kind = None,
    users: Users = 2_000,
    device: Device = "auto",
    as_json: AsJson = False,
) -> None:
    """Learn the blend's weights for what is live, and publish them.

    Each live encoder is trained once more on what came before the window before the
    last one, and the weights that rank this window best by NDCG@10 go live.
    """
    from basketweave.blend.request import Request
    from basketweave.choosing.for_store import live_encoders, weigh
    from basketweave.choosing.weights import publish_blend
    from basketweave.choosing.windows import validation_of
    from basketweave.graph.vectors import serving

    asked: list[Known] = [
        Request(user=None, known=one).known for one in known or ("any", "new")
    ]
    # Opened to read, and again to publish: others read the store meanwhile.
    with open_store(store, read_only=True) as graph:
        models = graph.models()
        live = live_encoders(models)
        read = [name for _, config in live for name in config.item_properties]
        full = graph.export(items=list(dict.fromkeys(read)), progress=Bars())
    split = validation_of(full, protocol, days=days, kind=kind)
    found = weigh(split, live, asked, users=users, device=device, progress=Bars())
    serves = serving(models).items()
    learned_with: dict[str, str] = {part: version.key for part, version in serves}
    with open_store(store) as graph, graph.together():
        versions = [
            version
            for which, (walk, learned) in found.items()
            for version in publish_blend(
                graph, {which: learned}, walk, split.train.as_of, learned_with
            )
        ]
    if as_json:
        show_json({v.card.name: {"version": v.version, **v.weights} for v in versions})
        return
    _show(found)
    say(
        f"These weights are live. Next:  basketweave recommend USER --store {typed(store)}"
    )


def _show(found: dict[Known, tuple[BlendSettings, Learned]]) -> None:
    parts = list(dict.fromkeys(p for _, one in found.values() for p in one.weights))
    rows = [
        [
            known,
            f"{one.ndcg:.4f}",
            "both" if walk.co_purchased else "FOLLOWED_BY",
            f"{one.power:g}",
            *(f"{one.weights.get(part, 0):.2f}" for part in parts),
        ]
        for known, (walk, one) in found.items()
    ]
    columns = ["known", "NDCG@10", "walks", "power", *parts]
    show_table("Weights, by validation", columns, rows)
    for known, (walk, _) in found.items():
        if weights := walk.kind_weights:
            told = ", ".join(f"{kind} {n:g}" for kind, n in weights.items())
            say(f"What an event counts where known is {known}: {told}")
