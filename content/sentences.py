"""Sentence embeddings of item texts, by any model of sentence-transformers."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from pydantic import Field

from basketweave.content.encoder import ContentConfig, TextEncoder, projected
from basketweave.errors import DataError, UsageError
from basketweave.graph.subgraph import FloatArray
from basketweave.training.encoder import Vocabulary

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer


class SentenceConfig(ContentConfig):
    """Which model reads the texts."""

    model: ClassVar[str] = "Sentences"
    name: str = "sentences"
    dim: int = Field(386, ge=4)
    """386 keeps all of a 384-wide model; wider ones are projected."""
    transformer: str = "sentence-transformers/all-MiniLM-L6-v2"
    """A name on the Hugging Face hub, or a folder. The default reads English;
    paraphrase-multilingual-MiniLM-L12-v2 reads 50 languages."""
    batch: int = Field(64, ge=1)
    """Texts at a time."""

    def restore(self, ids: Vocabulary) -> Sentences:
        return Sentences(self)


class Sentences(TextEncoder):
    """Mean-pooled transformer states (Reimers & Gurevych 2019, "Sentence-BERT")."""

    def __init__(self, config: SentenceConfig) -> None:
        self.config: SentenceConfig = config

    def features(self, texts: Sequence[str]) -> FloatArray:
        given = self.config
        said = [n for n, text in enumerate(texts) if text.strip()]
        found = self._model.encode(
            [texts[n] for n in said], batch_size=given.batch, show_progress_bar=False
        )
        rows = np.zeros((len(texts), np.shape(found)[1] if said else 1), np.float32)
        if said:
            rows[said] = found
        return projected(rows, given.width, given.seed)

    @cached_property
    def _model(self) -> SentenceTransformer:
        try:
            from sentence_transformers import SentenceTransformer
        except ImportError:
            raise UsageError(
                "Sentence embeddings need sentence-transformers. "
                "Run: pip install 'basketweave[text]'"
            ) from None
        name = self.config.transformer
        try:
            return SentenceTransformer(name)
        except (OSError, ValueError) as error:
            raise DataError(
                f"The model '{name}' cannot be loaded. Name a folder, or a model of "
                f"the Hugging Face hub that can be reached from here. ({error})"
            ) from error
