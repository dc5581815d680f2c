"""Vectors for items without events, mapped from their content to the learnt space."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from pydantic import Field
from sklearn.linear_model import Ridge

from basketweave.content.encoder import ContentConfig
from basketweave.errors import TrainingError, UsageError
from basketweave.evaluation.splits.parts import positions
from basketweave.graph.schema import ITEM
from basketweave.graph.subgraph import FloatArray, IntArray, Subgraph
from basketweave.graph.vectors import NEW_ITEMS, Vectors, unit
from basketweave.settings import Settings
from basketweave.training.encoder import EncoderConfig

Bools = npt.NDArray[np.bool_]


class ContentMapConfig(Settings):
    """How the map is fitted."""

    penalties: tuple[float, ...] = (0.1, 1, 10, 100, 1000)
    """Penalties of the ridge regression, of which the best on held-out items is taken."""
    held_out: float = Field(0.1, gt=0, lt=1)
    """Share of the known items that choose it."""
    support: int = Field(1, ge=1)
    """Events that an item needs for its own learnt vector to count."""
    seed: int = 0
    """Seed of the chance that holds items out."""


@dataclass(frozen=True)
class ContentMap:
    """A linear map from features (f) to learnt vectors (d), and how it was chosen.

    weights (d, f), bias (d)
    penalty   the ridge penalty that was best on held-out items
    cosine    the mean cosine of mapped and learnt vectors on held-out items
    base      the mean cosine when every item is mapped to the mean vector
    """

    weights: FloatArray
    bias: FloatArray
    penalty: float
    cosine: float
    base: float

    @classmethod
    def fit(
        cls,
        features: FloatArray,
        vectors: FloatArray,
        config: ContentMapConfig | None = None,
    ) -> ContentMap:
        """Learn the map from items with features (n, f) and unit vectors (n, d).

        As in DropoutNet (Volkovs et al. 2017) and attribute-to-feature maps (Gantner et
        al. 2010, eq. 2), the input is an item's content and the target its learnt
        vector. Raises `TrainingError` for fewer than ten items.
        """
        config = config or ContentMapConfig()
        if len(features) < 10:
            raise TrainingError(
                f"{len(features)} items have both text and events; a map to learnt "
                "vectors needs at least ten. Load a catalogue with more of them."
            )
        order = np.random.default_rng(config.seed).permutation(len(features))
        out, rest = np.split(order, [max(round(config.held_out * len(order)), 1)])
        tried = {
            penalty: _cosine(
                _ridge(features[rest], vectors[rest], penalty),
                features[out],
                vectors[out],
            )
            for penalty in config.penalties
        }
        best = max(tried, key=lambda penalty: tried[penalty])
        mean = unit(vectors[rest].mean(axis=0, keepdims=True))
        model = _ridge(features, vectors, best)
        return cls(
            weights=np.asarray(model.coef_, np.float32),
            bias=np.asarray(model.intercept_, np.float32),
            penalty=best,
            cosine=tried[best],
            base=float((vectors[out] @ mean.T).mean()),
        )

    def vectors_of(self, features: FloatArray) -> FloatArray:
        """Unit vectors (n, d) of items with these features (n, f)."""
        return unit(features @ self.weights.T + self.bias)


def with_mapped(
    vectors: Vectors,
    subgraph: Subgraph,
    features: FloatArray,
    config: ContentMapConfig | None = None,
) -> Vectors:
    """Vectors of all items of `subgraph`, learnt or mapped.

    vectors          the vectors of an encoder; those of users stay as they are
    features (I, f)  the content of the items of `subgraph`, such as
                     `TextEncoder.item_features`; zeros where nothing is known

    An item with fewer than `support` events is mapped from its features. Without
    features it keeps the vector that it has; without a vector too it gets the
    opposite of the mean of all users.
    """
    config = config or ContentMapConfig()
    at = positions(vectors.items, subgraph.ids[ITEM])
    settled = (at >= 0) & (_events(subgraph) >= config.support)
    said = features.any(axis=1)
    both = settled & said
    found = ContentMap.fit(features[both], vectors.item_vectors[at[both]], config)
    mean = unit(vectors.user_vectors.mean(axis=0, keepdims=True))
    rows = np.where((at >= 0)[:, None], vectors.item_vectors[at], -mean)
    new = said & ~settled
    rows[new] = found.vectors_of(features[new])
    before = (
        np.zeros(len(vectors.items), bool) if vectors.bare is None else vectors.bare
    )
    bare = ~said & ((at < 0) | before[at])
    metrics = {
        **vectors.card.metrics,
        "mapped items": float(new.sum()),
        "cosine of mapped held-out items": found.cosine,
    }
    return replace(
        vectors,
        card=replace(vectors.card, metrics=metrics),
        items=subgraph.ids[ITEM],
        item_vectors=unit(rows),
        bare=bare if bare.any() else None,
    )


def with_new_items(
    vectors: Vectors, subgraph: Subgraph, reader: ContentConfig
) -> Vectors:
    """`with_mapped` with the features that `reader` makes of the texts of the items."""
    encoder = reader.restore({})
    mapped = with_mapped(vectors, subgraph, encoder.item_features(subgraph))
    recipe = {**mapped.card.recipe, NEW_ITEMS: reader.name}
    return replace(mapped, card=replace(mapped.card, recipe=recipe))


def text_reader(config: EncoderConfig) -> ContentConfig:
    """`config`, as the config of an encoder that reads texts.

    Raises `UsageError` where its encoder reads no texts.
    """
    if not isinstance(config, ContentConfig):
        raise UsageError(
            f"'{config.name}' reads no texts, so it cannot place new items. "
            "Use tfidf or sentences."
        )
    return config


def _events(subgraph: Subgraph) -> IntArray:
    count = np.zeros(subgraph.n(ITEM), np.int64)
    for events in subgraph.events.values():
        count += np.bincount(events.item, minlength=len(count))
    return count


def _ridge(features: FloatArray, vectors: FloatArray, penalty: float) -> Ridge:
    return Ridge(alpha=penalty).fit(features, vectors)


def _cosine(model: Ridge, features: FloatArray, vectors: FloatArray) -> float:
    mapped = unit(np.atleast_2d(model.predict(features)))
    return float((mapped * vectors).sum(axis=1).mean())
