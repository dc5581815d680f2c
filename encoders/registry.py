"""The encoders that `train` and a model file know, each by its short name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from basketweave.content.attributes import AttributeConfig
from basketweave.content.sentences import SentenceConfig
from basketweave.content.tfidf import TfidfConfig
from basketweave.errors import UsageError
from basketweave.gnn.graph_filter import GraphFilterConfig
from basketweave.gnn.hetero import HeteroGATConfig, HeteroGCNConfig
from basketweave.gnn.light_gcn import LightGCNConfig
from basketweave.gnn.xsimgcl import XSimGCLConfig
from basketweave.sequence.gru4rec import GRU4RecConfig
from basketweave.sequence.sasrec import SASRecConfig
from basketweave.training.encoder import EncoderConfig

ENCODERS: Mapping[str, type[EncoderConfig]] = {
    "gat": HeteroGATConfig,
    "gcn": HeteroGCNConfig,
    "lightgcn": LightGCNConfig,
    "xsimgcl": XSimGCLConfig,
    "filter": GraphFilterConfig,
    "sasrec": SASRecConfig,
    "gru4rec": GRU4RecConfig,
    "attributes": AttributeConfig,
    "tfidf": TfidfConfig,
    "sentences": SentenceConfig,
}


def configured(model: str, **settings: Any) -> EncoderConfig:
    """The config of a named encoder; raises `UsageError` for what it cannot be."""
    if model not in ENCODERS:
        raise UsageError(f"{model!r} is no encoder. Use one of {', '.join(ENCODERS)}.")
    return ENCODERS[model].read(settings, model)
