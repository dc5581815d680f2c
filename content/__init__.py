"""Encoders of what items are, rather than of who bought them.

    subgraph = store.export(items=TfidfConfig().item_properties)
    store.publish(TfidfConfig().build(subgraph).encode(subgraph))   # part `content`

Names are loaded when first used, so that importing this package loads neither
scikit-learn nor torch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from basketweave.lazy import lazily

if TYPE_CHECKING:
    from basketweave.content.attributes import AttributeConfig, encode_attributes
    from basketweave.content.encoder import ContentConfig, TextEncoder
    from basketweave.content.new_items import (
        ContentMap,
        ContentMapConfig,
        with_mapped,
        with_new_items,
    )
    from basketweave.content.sentences import SentenceConfig
    from basketweave.content.tfidf import TfidfConfig

__all__ = [
    "AttributeConfig",
    "ContentConfig",
    "ContentMap",
    "ContentMapConfig",
    "SentenceConfig",
    "TextEncoder",
    "TfidfConfig",
    "encode_attributes",
    "with_mapped",
    "with_new_items",
]

__getattr__ = lazily(
    __name__,
    {
        "AttributeConfig": "attributes",
        "ContentConfig": "encoder",
        "ContentMap": "new_items",
        "ContentMapConfig": "new_items",
        "SentenceConfig": "sentences",
        "TextEncoder": "encoder",
        "TfidfConfig": "tfidf",
        "encode_attributes": "attributes",
        "with_mapped": "new_items",
        "with_new_items": "new_items",
    },
)
