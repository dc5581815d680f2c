"""Learn the blend's weights for the vectors that are live in a store."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from basketweave.blend.settings import BlendSettings
from basketweave.choosing.sides import choose, fitted
from basketweave.choosing.weights import Learned
from basketweave.encoders.registry import ENCODERS, configured
from basketweave.errors import UsageError
from basketweave.evaluation.splits.split import Split
from basketweave.graph.derive import derived
from basketweave.graph.known import Known
from basketweave.graph.vectors import (
    DATA,
    NEW_ITEMS,
    PARAMETERS,
    ModelCard,
    ModelVersion,
    Vectors,
    serving,
)
from basketweave.progress import SILENT, Progress
from basketweave.training.encoder import EncoderConfig
from basketweave.training.loop import train

WALKS = (BlendSettings(), BlendSettings(co_purchased=0))
"""Walks over both kinds of relationship, or over FOLLOWED_BY alone: where people buy in
baskets, what is bought together can drown what is bought next."""

KIND_WEIGHTS = (0.0, 0.01, 0.03, 0.1, 0.3, 1.0)
"""What an event may count that is not of the kind which is predicted."""

Chosen = tuple[BlendSettings, Learned]


def live_encoders(
    versions: Sequence[ModelVersion],
) -> list[tuple[ModelCard, EncoderConfig]]:
    """The card and the config of the encoder that serves each part.

    Raises `UsageError` for an encoder that cannot be trained here.
    """
    cards = [version.card for version in serving(versions).values()]
    return [(card, config_of(card)) for card in cards]


def weigh(
    split: Split,
    live: Sequence[tuple[ModelCard, EncoderConfig]],
    known: Sequence[Known],
    *,
    users: int = 2_000,
    device: str = "auto",
    progress: Progress = SILENT,
) -> dict[Known, Chosen]:
    """The walk, weights and power that rank best on `split`, a validation split.

    Where there are events of other kinds than the one that is predicted, what each of
    them counts is chosen too. What is derived is derived once, as the data set weighs
    them. The live vectors have seen the events that `split` asks about. So each encoder
    is trained once more, as its card says, on the events before them.
    """
    vectors = [
        train(
            split.train,
            config,
            validation=split,
            seed=card.seed or 0,
            device=device,
            progress=progress,
        ).vectors
        for card, config in live
    ]
    return weigh_with(split, vectors, known, users=users, progress=progress)


def weigh_with(
    split: Split,
    vectors: Sequence[Vectors],
    known: Sequence[Known],
    *,
    users: int = 2_000,
    progress: Progress = SILENT,
) -> dict[Known, Chosen]:
    """The same with vectors that were trained on the events before `split`."""
    edges = derived(split.train)

    def tried(settings: BlendSettings, which: Sequence[Known]) -> dict[Known, Learned]:
        one = fitted(split, vectors, settings, found=edges)
        return choose([one], which, progress, users)

    learned = [(walk, tried(walk, known)) for walk in WALKS]
    best = {
        which: max(
            ((walk, found[which]) for walk, found in learned),
            key=lambda one: one[1].ndcg,
        )
        for which in known
    }
    kinds = others(split)
    return {which: _weighed(best[which], which, kinds, tried) for which in known}


def others(split: Split) -> dict[str, tuple[float, ...]]:
    """The kinds of events besides the one that is predicted, the most frequent first,
    and what one of them may count: a kind that makes an item known counts something.
    """
    there = {k: len(e) for k, e in split.train.events.items() if len(e)}
    there.pop(split.kind, None)
    known = split.train.counts.known
    return {
        kind: tuple(weight for weight in KIND_WEIGHTS if weight or kind not in known)
        for kind in sorted(there, key=lambda kind: -there[kind])
    }


def _weighed(
    best: Chosen,
    known: Known,
    kinds: Mapping[str, Sequence[float]],
    tried: Callable[[BlendSettings, Sequence[Known]], Mapping[Known, Learned]],
) -> Chosen:
    """The best that is found by changing what each kind counts, one after the other."""
    for kind, weights in kinds.items():
        walk = best[0]
        for weight in weights:
            settings = walk.model_copy(update={kind.lower(): weight})
            found = tried(settings, [known])[known]
            if found.ndcg > best[1].ndcg:
                best = settings, found
    return best


def config_of(card: ModelCard) -> EncoderConfig:
    """The encoder's config, from the recipe on its card.

    Raises `UsageError` where the card is of no encoder that can be trained here.
    """
    settings = dict(card.recipe)
    model = settings.pop("model", None)
    for told in (PARAMETERS, DATA, NEW_ITEMS):
        settings.pop(told, None)
    for name, kind in ENCODERS.items():
        if kind.model == model:
            return configured(name, **settings)
    raise UsageError(
        f"'{card.name}' is no encoder that can be trained again here, so its weight "
        "cannot be learnt. Publish one of basketweave train, or give weights with "
        "each request."
    )
