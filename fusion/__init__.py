"""Fusion: several models in one, by learnt weights, by segment, or by a gate."""

from basketweave.fusion.context import CONTEXT, context
from basketweave.fusion.gate import Gate, GateConfig, entropy
from basketweave.fusion.gate_training import GatedScores, TrainedGate, train_gate
from basketweave.fusion.mixture import Mixture, learn_mixture
from basketweave.fusion.next_basket import NextBaskets, Requests
from basketweave.fusion.segments import (
    SegmentScores,
    SegmentWeights,
    learn_segments,
)

__all__ = [
    "CONTEXT",
    "Gate",
    "GateConfig",
    "GatedScores",
    "Mixture",
    "NextBaskets",
    "Requests",
    "SegmentScores",
    "SegmentWeights",
    "TrainedGate",
    "context",
    "entropy",
    "learn_mixture",
    "learn_segments",
    "train_gate",
]
