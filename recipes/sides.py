"""`Sides`: a model as it is to choose by, and as it is reported."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from basketweave.evaluation import HistoryScores, Scores
from basketweave.graph.vectors import Vectors

Fitted = Scores | HistoryScores


@dataclass(frozen=True)
class Sides:
    """A model fitted before the validation window, and one before the test window.

    vectors   of both, where the model is an encoder of known users
    chosen    what was found on validation, for the report
    """

    validation: Fitted
    test: Fitted
    vectors: tuple[Vectors, Vectors] | None = None
    chosen: Mapping[str, Any] = field(default_factory=dict)
