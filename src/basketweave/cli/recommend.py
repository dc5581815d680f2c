"""`basketweave recommend | similar | explain`: ask the graph."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from basketweave.cli.console import say, show_json, show_ranked, show_table
from basketweave.cli.options import (
    DEFAULT_STORE,
    AsJson,
    AsOf,
    Encoder,
    Known,
    StoreUri,
    open_store,
    session_encoder,
)
from basketweave.cli.rules import NO_RULES, Rules, with_rules

if TYPE_CHECKING:
    from basketweave.serving.recommendation import Recommendations

K = Annotated[int, typer.Option("--k", "-k", help="How many items.")]
Weight = Annotated[
    list[str] | None,
    typer.Option("--weight", help="part=weight, such as graph=0.5."),
]


@with_rules
def recommend(
    user: Annotated[
        str | None, typer.Argument(help="A user's id; none with --session alone.")
    ] = None,
    store: StoreUri = DEFAULT_STORE,
    k: K = 10,
    known: Known = "new",
    session: Annotated[
        list[str] | None, typer.Option(help="An item held now (may be repeated).")
    ] = None,
    weight: Weight = None,
    blend: Annotated[
        str | None, typer.Option(help="A published blend, such as blend_new@3.")
    ] = None,
    rules: Rules = NO_RULES,
    encoder: Encoder = None,
    as_of: AsOf = None,
    diversity: Annotated[
        float, typer.Option(help="0 to 1: how much likeness counts against an item.")
    ] = 0.0,
    explore: Annotated[
        float, typer.Option(help="Share of the places for new and little-shown items.")
    ] = 0.0,
    seed: Annotated[
        str | None, typer.Option(help="Draws explored places; default: user and day.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Recommend items to a user, with the score's parts and a path for each."""
    from basketweave.errors import UsageError
    from basketweave.serving.recommender import Recommender

    weights = weights_of(weight)
    arranged: Any = {
        "blend": blend,
        "diversity": diversity,
        "explore": explore,
        "seed": seed,
    }
    with open_store(store, read_only=True) as graph:
        client = Recommender(graph, encoder=session_encoder(encoder, graph))
        if user is None and not session:
            raise UsageError("Name a user, or items with --session.")
        if user is None:
            found = client.session(
                session or [], k, weights=weights, where=rules, **arranged
            )
        else:
            found = client.recommend(
                user,
                k,
                weights=weights,
                known=known,  # type: ignore[arg-type]  # Request checks it
                where=rules,
                session=session or (),
                as_of=as_of,
                **arranged,
            )
    title = f"For user {user}, known={known}" if user else "For this session"
    show(
        found, as_json, title, "Fewer rules, or another --known, leave more to choose."
    )


def similar(
    item: Annotated[str, typer.Argument(help="An item's id.")],
    store: StoreUri = DEFAULT_STORE,
    k: K = 10,
    as_json: AsJson = False,
) -> None:
    """List the items nearest to one item."""
    from basketweave.serving.recommender import Recommender

    with open_store(store, read_only=True) as graph:
        found = Recommender(graph).similar(item, k)
    show(found, as_json, f"Like item {item}", "No event and no vector connects it.")


def explain(
    user: Annotated[str, typer.Argument(help="A user's id.")],
    item: Annotated[str, typer.Argument(help="An item's id.")],
    store: StoreUri = DEFAULT_STORE,
    as_json: AsJson = False,
) -> None:
    """Say how one item's score for a user comes about."""
    from basketweave.serving.recommender import Recommender

    with open_store(store, read_only=True) as graph:
        found = Recommender(graph).explain(user, item)
    if as_json:
        show_json(found.to_dict())
        return
    columns = ["part", "raw", "value", "weight", "score"]
    rows = [[n, p.raw, p.value, p.weight, p.score] for n, p in found.parts.items()]
    show_table(f"{found.title or found.item}: {found.score:.4f}", columns, rows)
    why = found.why() or "Near in vectors or popular: no path leads to it."
    say(why)


def show(found: Recommendations, as_json: bool, title: str, empty: str) -> None:
    """Print recommendations one below the other, or as JSON."""
    if as_json:
        show_json(found.to_dict())
    elif not len(found):
        say(f"{title}: nothing. {empty}")
    else:
        drawn = {str(one.item): "explored" for one in found if one.explored}
        show_ranked(title, found, drawn)
    if not as_json:
        for note in found.notes:
            say(note)


def weights_of(given: list[str] | None) -> dict[str, float] | None:
    """What `--weight part=weight` says; None where nothing was said."""
    from basketweave.errors import UsageError

    if not given:
        return None
    out: dict[str, float] = {}
    for one in given:
        part, _, weight = one.partition("=")
        try:
            out[part] = float(weight)
        except ValueError:
            raise UsageError(
                f"{one!r} is not part=weight, such as graph=0.5."
            ) from None
    return out
