"""The encoders that `train` and a model file know, each by its short name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from basketweave.registry import Registry

if TYPE_CHECKING:
    from basketweave.training.encoder import EncoderConfig

ENCODERS: Registry[EncoderConfig] = Registry(
    "encoder",
    {
        "gat": "gnn.hetero:HeteroGATConfig",
        "gcn": "gnn.hetero:HeteroGCNConfig",
        "lightgcn": "gnn.light_gcn:LightGCNConfig",
        "xsimgcl": "gnn.xsimgcl:XSimGCLConfig",
        "filter": "gnn.graph_filter:GraphFilterConfig",
        "sasrec": "sequence.sasrec:SASRecConfig",
        "gru4rec": "sequence.gru4rec:GRU4RecConfig",
        "attributes": "content.attributes:AttributeConfig",
        "tfidf": "content.tfidf:TfidfConfig",
        "sentences": "content.sentences:SentenceConfig",
    },
)
"""A new encoder is its own file, and a line here."""


def configured(model: str, **settings: Any) -> EncoderConfig:
    """The config of a named encoder.

    Raises `UsageError` for an unknown name or a setting that cannot be used.
    """
    return ENCODERS.configured(model, **settings)
