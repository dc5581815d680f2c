"""One training loop for everything with gradients: encoders, scorers and gates.

    trained = train(subgraph, HeteroGATConfig(), validation=split, seed=7)
    store.publish(trained.vectors)

The loop asks a learner only what the loss of a step is and how good an epoch was; devices,
checkpoints, early stopping and tracking stand here once. Names are loaded when first
used, so that importing this package loads no torch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from basketweave.lazy import lazily

if TYPE_CHECKING:
    from basketweave.training.encoder import Encoder, EncoderConfig
    from basketweave.training.learner import Learner, TrainingConfig
    from basketweave.training.loop import train
    from basketweave.training.trained import Trained

__all__ = [
    "Encoder",
    "EncoderConfig",
    "Learner",
    "Trained",
    "TrainingConfig",
    "train",
]

__getattr__ = lazily(
    __name__,
    {
        "Encoder": "encoder",
        "EncoderConfig": "encoder",
        "Learner": "learner",
        "Trained": "trained",
        "TrainingConfig": "learner",
        "train": "loop",
    },
)
