"""`Sides`: a model as fitted before the validation window, and before the test."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from basketweave.evaluation import HistoryScores, Scores
from basketweave.graph.vectors import Vectors

Fitted = Scores | HistoryScores


@dataclass(frozen=True)
class Sides:
    """A model for each window, fitted on the events before it when first asked for.

    at        the window -> the model; 0 is the test's window, 1 the validation's, 2
              the one before that
    vectors   the window -> the encoder's vectors of known users; None: no encoder
    chosen    the settings that were chosen on validation, for the report
    """

    at: Callable[[int], Fitted]
    vectors: Callable[[int], Vectors] | None = None
    chosen: Mapping[str, Any] = field(default_factory=dict)
