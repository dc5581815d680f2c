"""`TextEncoder`: unit vectors of item texts; a person is the mean of their items."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence

import numpy as np
import scipy.sparse as sp
from pydantic import Field

from basketweave.content.recent import RecentConfig, of_recent
from basketweave.content.text import item_texts
from basketweave.errors import TrainingError
from basketweave.graph.schema import ITEM, USER
from basketweave.graph.subgraph import FloatArray, Subgraph
from basketweave.graph.vectors import ModelCard, Vectors, unit
from basketweave.training.encoder import Encoder, People, Vocabulary

BELOW = 0.01
"""How far below every item with a text one without stands."""


class ContentConfig(RecentConfig):
    """The settings that every encoder of texts has."""

    dim: int = Field(128, ge=4)
    properties: tuple[str, ...] = ("title", "description", "features")
    """Item properties that are read, in this order."""
    names: bool = True
    """Whether the names of brands and categories are read too."""

    @property
    def width(self) -> int:
        """The width of the texts' own vectors: the other two dimensions say whether an
        item has a text (see `lifted`)."""
        return self.dim - 2

    @property
    def item_properties(self) -> tuple[str, ...]:
        return self.properties

    def restore(self, ids: Vocabulary) -> TextEncoder:
        """The encoder of this config; it needs no ids."""
        raise NotImplementedError


class TextEncoder(Encoder):
    """Vectors of the texts of items, without training.

    Texts may be in any language, missing or empty. An item without a text ranks after
    all others for everybody. For a person who only had such items, all items with a
    text rank alike.
    """

    config: ContentConfig
    reads = True

    @abstractmethod
    def features(self, texts: Sequence[str]) -> FloatArray:
        """Unit vectors (n, width) of the texts; zeros for a text without content."""

    def arrays(self, subgraph: Subgraph) -> tuple[FloatArray, FloatArray]:
        items = self.item_features(subgraph)
        return of_recent(items, subgraph, self.config), items

    def people(self, learnt: Subgraph) -> People:
        items = self.item_features(learnt)
        return lambda some: lifted(of_recent(items, some, self.config), items[:0])[0]

    def item_features(self, subgraph: Subgraph) -> FloatArray:
        """The features (I, width) of the items of `subgraph`.

        Raises `TrainingError` where not one item has a text.
        """
        texts = item_texts(subgraph, self.config.properties, names=self.config.names)
        if not any(texts):
            raise TrainingError(
                f"No item has a text for '{self.config.name}'. Load a catalogue with "
                "titles, and export them: store.export(items=['title'])."
            )
        return self.features(texts)

    def encode(
        self,
        subgraph: Subgraph,
        *,
        seed: int | None = None,
        metrics: Mapping[str, float] | None = None,
    ) -> Vectors:
        """Unit vectors of all users and items, which feed the part `content`."""
        users, items = lifted(*self.arrays(subgraph))
        card = ModelCard(
            name=self.config.name,
            part="content",
            as_of=subgraph.as_of,
            seed=self.config.seed,
            recipe={"model": self.config.model, **self.config.model_dump()},
            metrics=metrics or {},
        )
        return Vectors(card, subgraph.ids[USER], subgraph.ids[ITEM], users, items)


def lifted(users: FloatArray, items: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Unit vectors that put items without features last, for everybody.

    users (U, d), items (I, d) -> (U, d + 2), (I, d + 2). With x and u of length 1,
    an item becomes [x, 1, 0] / √2 and a user [u, 1, 0] / √2, so that the cosine is
    (1 + u·x) / 2, never below 0. An item of zeros becomes [0, -e, √(1 - e²)]: its
    cosine with every user is below 0.
    """
    there = items.any(axis=1)
    rows = np.zeros((len(items), items.shape[1] + 2), np.float32)
    rows[there, :-1] = np.c_[unit(items[there]), np.ones(there.sum())]
    rows[~there, -2:] = -BELOW, np.sqrt(1 - BELOW**2)
    people = np.c_[unit(users), np.ones(len(users)), np.zeros(len(users))]
    return unit(people), unit(rows)


def projected(rows: sp.csr_array | FloatArray, width: int, seed: int) -> FloatArray:
    """Rows (n, f) as unit rows (n, width), by padding or by a truncated SVD.

    The SVD gives U S of the largest singular values, as in Dumais et al. (1990),
    "Indexing by latent semantic analysis". Rows of zeros stay zeros.
    """
    said = rows.indptr[1:] > rows.indptr[:-1] if sp.issparse(rows) else rows.any(axis=1)
    if rows.shape[1] > width:
        from sklearn.utils.extmath import randomized_svd

        rank = min(width, *rows.shape)
        u, s, _ = randomized_svd(rows, rank, n_iter=4, random_state=seed)
        rows = u * s
    dense = np.array(rows.toarray() if sp.issparse(rows) else rows, np.float32)
    dense[~said] = 0
    return unit(np.pad(dense, ((0, 0), (0, width - dense.shape[1]))))
