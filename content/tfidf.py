"""TF-IDF of item texts, projected by truncated SVD."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import ClassVar

import numpy as np
from pydantic import Field

from basketweave.content.encoder import ContentConfig, TextEncoder, projected
from basketweave.graph.subgraph import FloatArray
from basketweave.training.encoder import Vocabulary

# Thai, Lao, kana and Chinese are written without spaces between words.
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]+")
_WORD = re.compile(r"\w\w+")


class TfidfConfig(ContentConfig):
    """How texts are counted."""

    model: ClassVar[str] = "TFIDF"
    name: str = "tfidf"
    max_terms: int = Field(50_000, ge=1)
    """Terms that are kept, the most frequent ones."""

    def restore(self, ids: Vocabulary) -> Tfidf:
        return Tfidf(self)


class Tfidf(TextEncoder):
    """Terms weighed by (1 + log tf) · idf, as scikit-learn does (Salton 1988)."""

    def __init__(self, config: TfidfConfig) -> None:
        self.config: TfidfConfig = config

    def features(self, texts: Sequence[str]) -> FloatArray:
        from sklearn.feature_extraction.text import TfidfVectorizer

        given = self.config
        if not any(True for text in texts for _ in terms(text)):
            return np.zeros((len(texts), given.width), np.float32)
        counter = TfidfVectorizer(
            analyzer=lambda text: list(terms(text)),
            max_features=given.max_terms,
            sublinear_tf=True,
            dtype=np.float32,
        )
        return projected(counter.fit_transform(texts), given.width, given.seed)


def terms(text: str) -> Iterator[str]:
    """Words of two characters or more; pairs of characters in scripts without spaces.

    >>> list(terms("The ÉCLAIR x2 面包店"))
    ['面包', '包店', 'the', 'éclair', 'x2']
    """
    plain = unicodedata.normalize("NFKC", text).casefold()
    for run in _UNSPACED.findall(plain):
        yield from map("".join, pairwise(run)) if len(run) > 1 else [run]
    yield from _WORD.findall(_UNSPACED.sub(" ", plain))
