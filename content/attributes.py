"""`AttributeEncoder`: vectors of categories and brands, without training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

import numpy as np
import scipy.sparse as sp
from pydantic import Field

from basketweave.content.recent import RecentConfig, of_recent
from basketweave.errors import TrainingError
from basketweave.graph.schema import (
    BRAND,
    CATEGORY,
    IN_CATEGORY,
    ITEM,
    MADE_BY,
    SUBCATEGORY_OF,
)
from basketweave.graph.subgraph import FloatArray, Subgraph
from basketweave.graph.vectors import ModelCard, Vectors, unit
from basketweave.training.encoder import Encoder, People, Vocabulary


class AttributeConfig(RecentConfig):
    """How attributes become vectors."""

    model: ClassVar[str] = "Attributes"
    name: str = "attributes"
    dim: int = Field(256, ge=2)
    """Width; the attributes are projected at random to it (Johnson and Lindenstrauss
    1984): 256 lost nothing measurable on Amazon Beauty."""
    levels: int = Field(2, ge=0)
    """Categories above an item's own that count as its attributes too."""

    def restore(self, ids: Vocabulary) -> AttributeEncoder:
        return AttributeEncoder(self)


class AttributeEncoder(Encoder):
    """`encode_attributes` as an encoder, to be trained and saved like any other."""

    reads = True

    def __init__(self, config: AttributeConfig) -> None:
        self.config: AttributeConfig = config

    def arrays(self, subgraph: Subgraph) -> tuple[FloatArray, FloatArray]:
        vectors = encode_attributes(subgraph, self.config)
        return vectors.user_vectors, vectors.item_vectors

    def people(self, learnt: Subgraph) -> People:
        items, rng = _items(learnt, self.config)
        return lambda some: _somewhere(of_recent(items, some, self.config), rng)

    def encode(
        self,
        subgraph: Subgraph,
        *,
        seed: int | None = None,
        metrics: Mapping[str, float] | None = None,
    ) -> Vectors:
        """Unit vectors of all users and items, which feed the part `content`."""
        vectors = encode_attributes(subgraph, self.config)
        return replace(vectors, card=replace(vectors.card, metrics=metrics or {}))


def encode_attributes(
    subgraph: Subgraph, config: AttributeConfig | None = None
) -> Vectors:
    """Unit vectors whose cosine is that of idf-weighted attribute sets.

    An item that was never bought has a vector too. Raises `TrainingError` where the
    subgraph has neither categories nor brands.
    """
    config = config or AttributeConfig()
    items, rng = _items(subgraph, config)
    users = of_recent(items, subgraph, config)
    card = ModelCard(
        config.name,
        part="content",
        as_of=subgraph.as_of,
        seed=config.seed,
        recipe={"model": config.model, **config.model_dump()},
    )
    return Vectors(
        card=card,
        users=subgraph.ids["User"],
        items=subgraph.ids[ITEM],
        user_vectors=_somewhere(users, rng),
        item_vectors=_somewhere(items, rng),
    )


def _items(
    subgraph: Subgraph, config: AttributeConfig
) -> tuple[FloatArray, np.random.Generator]:
    """The projected attributes (I, dim), and the numbers that did it, which go on."""
    weights = _weighted(attribute_matrix(subgraph, config.levels))
    rng = np.random.default_rng(config.seed)
    signs = rng.choice([-1, 1], size=(weights.shape[1], config.dim)).astype(np.float32)
    return np.asarray(weights @ signs, np.float32), rng


def attribute_matrix(subgraph: Subgraph, levels: int) -> sp.csr_array:
    """A binary matrix (I, A) of each item's categories, those above, and its brand.

    Raises `TrainingError` where the subgraph has neither categories nor brands.
    """
    blocks = []
    own = _incidence(subgraph, ITEM, IN_CATEGORY, CATEGORY)
    if own is not None:
        blocks.append(own)
        above = _incidence(subgraph, CATEGORY, SUBCATEGORY_OF, CATEGORY)
        for _ in range(levels if above is not None else 0):
            assert above is not None
            own = own @ above
            blocks[0] = blocks[0] + own
    brand = _incidence(subgraph, ITEM, MADE_BY, BRAND)
    if brand is not None:
        blocks.append(brand)
    if not blocks:
        raise TrainingError(
            "There are no categories or brands to encode. Load a catalogue with the "
            "events, or leave the attribute encoder out."
        )
    matrix = sp.csr_array(sp.hstack(blocks, format="csr"))
    matrix.data[:] = 1
    return matrix


def _incidence(
    subgraph: Subgraph, source: str, kind: str, target: str
) -> sp.csr_array | None:
    edges = subgraph.edges.get((source, kind, target))
    if edges is None or not len(edges):
        return None
    shape = (subgraph.n(source), subgraph.n(target))
    ones = np.ones(len(edges), np.float32)
    return sp.csr_array(sp.coo_array((ones, (edges.index[0], edges.index[1])), shape))


def _weighted(matrix: sp.csr_array) -> sp.csr_array:
    """Each attribute weighs log(I / (1 + items that have it)); rows of length 1."""
    held = np.asarray(matrix.sum(axis=0)).ravel()
    idf = np.maximum(np.log(matrix.shape[0] / (1 + held)), 0)
    weighted = matrix @ sp.diags_array(idf.astype(np.float32), format="csr")
    length = np.sqrt(np.asarray(weighted.multiply(weighted).sum(axis=1)).ravel())
    scale = 1 / np.maximum(length, 1e-9)
    return sp.diags_array(scale.astype(np.float32), format="csr") @ weighted


def _somewhere(rows: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Unit rows. One without attributes gets a random direction: in many dimensions it is
    nearly orthogonal to all others, so such an item is similar to none.
    """
    empty = ~rows.any(axis=1)
    rows[empty] = rng.standard_normal((int(empty.sum()), rows.shape[1]))
    return unit(rows)
