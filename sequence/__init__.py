"""Sequence encoders: a user's vector is the state after their whole history.

    trained = train(subgraph, SASRecConfig(), validation=split, seed=7)
    store.publish(trained.vectors)                       # feeds the part `sequence`
    HistoryReader(trained.encoder, subgraph).histories([np.array([3, 14, 15])])

Names are loaded when first used, so that importing this package loads no torch.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from basketweave.sequence.config import SequenceConfig
    from basketweave.sequence.encoder import SequenceEncoder
    from basketweave.sequence.gru4rec import GRU4RecConfig
    from basketweave.sequence.reader import HistoryReader
    from basketweave.sequence.sasrec import SASRecConfig

_HOMES = {
    "GRU4RecConfig": "gru4rec",
    "HistoryReader": "reader",
    "SASRecConfig": "sasrec",
    "SequenceConfig": "config",
    "SequenceEncoder": "encoder",
}

__all__ = [
    "GRU4RecConfig",
    "HistoryReader",
    "SASRecConfig",
    "SequenceConfig",
    "SequenceEncoder",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'basketweave.sequence' has no attribute {name!r}")
    return getattr(import_module(f"basketweave.sequence.{_HOMES[name]}"), name)
