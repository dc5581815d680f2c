"""Learn the blend's weights for the vectors that are live in a store."""

from __future__ import annotations

from collections.abc import Sequence

from basketweave.blend.settings import BlendSettings
from basketweave.choosing.sides import choose, fitted
from basketweave.choosing.weights import Learned
from basketweave.encoders.registry import ENCODERS, configured
from basketweave.errors import UsageError
from basketweave.evaluation.splits.split import Split
from basketweave.graph.known import Known
from basketweave.graph.vectors import PARAMETERS, ModelCard, ModelVersion, serving
from basketweave.progress import SILENT, Progress
from basketweave.training.encoder import EncoderConfig
from basketweave.training.loop import train

WALKS = (BlendSettings(), BlendSettings(co_purchased=0))
"""Walks over both kinds of relationship, or over FOLLOWED_BY alone: where people buy in
baskets, what is bought together can drown what is bought next."""


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
) -> dict[Known, tuple[BlendSettings, Learned]]:
    """The walk, weights and power that rank best on `split`, a validation split.

    The live vectors have seen the events that `split` asks about. So each encoder is
    trained once more, as its card says, on the events before them.
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
    side = fitted(split, vectors, WALKS[0])
    sides = [side, *(fitted(split, vectors, w, found=side.derived) for w in WALKS[1:])]
    learned = [choose([one], known, progress, users) for one in sides]
    return {
        which: max(
            ((walk, found[which]) for walk, found in zip(WALKS, learned, strict=True)),
            key=lambda one: one[1].ndcg,
        )
        for which in known
    }


def config_of(card: ModelCard) -> EncoderConfig:
    """The encoder's config, from the recipe on its card.

    Raises `UsageError` where the card is of no encoder that can be trained here.
    """
    settings = dict(card.recipe)
    model = settings.pop("model", None)
    settings.pop(PARAMETERS, None)
    for name, kind in ENCODERS.items():
        if kind.model == model:
            return configured(name, **settings)
    raise UsageError(
        f"'{card.name}' is no encoder that can be trained again here, so its weight "
        "cannot be learnt. Publish one of basketweave train, or give weights with "
        "each request."
    )
