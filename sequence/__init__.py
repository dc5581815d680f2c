"""Sequence encoders: a user's vector is the state after their whole history.

    trained = train(subgraph, SASRecConfig(), validation=split, seed=7)
    store.publish(trained.vectors)                       # feeds the part `sequence`
    HistoryReader(trained.encoder, subgraph).histories([np.array([3, 14, 15])])

Names are loaded when first used, so that importing this package loads no torch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from basketweave.lazy import lazily

if TYPE_CHECKING:
    from basketweave.sequence.config import SequenceConfig
    from basketweave.sequence.encoder import SequenceEncoder
    from basketweave.sequence.gru4rec import GRU4RecConfig
    from basketweave.sequence.reader import HistoryReader
    from basketweave.sequence.sasrec import SASRecConfig

__all__ = [
    "GRU4RecConfig",
    "HistoryReader",
    "SASRecConfig",
    "SequenceConfig",
    "SequenceEncoder",
]

__getattr__ = lazily(
    __name__,
    {
        "GRU4RecConfig": "gru4rec",
        "HistoryReader": "reader",
        "SASRecConfig": "sasrec",
        "SequenceConfig": "config",
        "SequenceEncoder": "encoder",
    },
)
