"""Put an experiment's winner into its store, and show what it recommends."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console

from basketweave.choosing.weights import publish_blend
from basketweave.graph.connect import connect
from basketweave.graph.derive import write
from basketweave.graph.schema import CATEGORY, IN_CATEGORY, ITEM, USER
from basketweave.graph.store import GraphStore
from basketweave.progress import Progress
from basketweave.recipes.blends import Blended
from basketweave.recipes.data import Loaded
from basketweave.recipes.experiment import Experiment
from basketweave.recipes.ranking import Outcome
from basketweave.serving.recommendation import Recommendations
from basketweave.serving.recommender import Recommender


def publish_and_show(
    loaded: Loaded, asked: Experiment, outcome: Outcome, progress: Progress
) -> str:
    """Publish vectors and weights, then recommend once in each way.

    Returns the printed lists; an empty text where the experiment has no blend.
    """
    if not outcome.blends:
        return ""
    with connect(loaded.store) as store:
        publish(store, outcome.blends["blend"], progress)
        console = Console(width=100, no_color=True, file=None)
        with console.capture() as captured:
            for title, rows in _modes(Recommender(store), outcome, asked):
                console.print(f"\n{title}")
                console.print(str(rows), markup=False, highlight=False)
    return captured.get()


def publish(store: GraphStore, blend: Blended, progress: Progress) -> None:
    """Make a blend live: relationships between items, vectors and weights."""
    side, train = blend.side, blend.side.split.train
    write(store, train, side.derived, progress)
    for vectors in side.vectors:
        store.publish(vectors, progress=progress)
    publish_blend(store, blend.learned, side.sources.settings, train.as_of)


def _modes(
    client: Recommender, outcome: Outcome, asked: Experiment
) -> Iterator[tuple[str, Recommendations]]:
    """The modes of the published systems, each by one call of the client."""
    split, known = outcome.reports[0].split, asked.protocol.known
    train = split.train
    user = train.ids[USER][int(split.users[0])]
    item = train.ids[ITEM][int(split.support.argmax())]
    as_of = train.as_of
    yield (
        f"Blended, for user {user} (known={known})",
        client.recommend(user, 5, known=known, as_of=as_of),
    )
    yield (
        "By the graph alone",
        client.recommend(user, 5, known=known, weights={"graph": 1}, as_of=as_of),
    )
    parts = {vectors.card.part for vectors in outcome.blends["blend"].side.vectors}
    for part in sorted(parts):
        yield (
            f"By {part} vectors alone",
            client.recommend(user, 5, known=known, weights={part: 1}, as_of=as_of),
        )
    edges = train.edges.get((ITEM, IN_CATEGORY, CATEGORY))
    if edges is not None and len(edges):
        category = train.ids[CATEGORY][int(edges.index[1][0])]
        where = {"categories": [category]}
        rows = client.recommend(user, 5, known=known, where=where, as_of=as_of)
        yield f"Within category '{category}'", rows
    yield f"Similar to item {item}", client.similar(item, 5)
    yield f"A new person who holds item {item}", client.session([item], 5)
