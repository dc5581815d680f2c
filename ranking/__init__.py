"""Scorers: models of pairs that re-rank what a query offers, and rating models."""

from basketweave.ranking.features import Features
from basketweave.ranking.learned import LearnedScorer, ScorerConfig
from basketweave.ranking.neumf import NeuMFConfig
from basketweave.ranking.rating import (
    BiasConfig,
    Biases,
    FactorisationConfig,
    MatrixFactorisation,
)
from basketweave.ranking.registry import RATERS, SCORERS, scorer_config
from basketweave.ranking.ridge import RidgeConfig
from basketweave.ranking.scorer import Scorer
from basketweave.ranking.training import TrainedScorer, train_scorer
from basketweave.ranking.wide_deep import WideDeepConfig

__all__ = [
    "RATERS",
    "SCORERS",
    "BiasConfig",
    "Biases",
    "FactorisationConfig",
    "Features",
    "LearnedScorer",
    "MatrixFactorisation",
    "NeuMFConfig",
    "RidgeConfig",
    "Scorer",
    "ScorerConfig",
    "TrainedScorer",
    "WideDeepConfig",
    "scorer_config",
    "train_scorer",
]
