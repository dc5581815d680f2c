"""`Sides`: a model as it is to choose by, and as it is reported."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from basketweave.evaluation import HistoryScores, Scores
from basketweave.graph.vectors import Vectors

Fitted = Scores | HistoryScores


@dataclass(frozen=True)
class Sides:
    """A model as it knows what came before a window, fitted when first asked for.

    at        the window -> the model: 0 is the test's, 1 the validation's, 2 the one
              before that
    vectors   the same of an encoder's vectors of known users
    chosen    what was found on validation, for the report
    """

    at: Callable[[int], Fitted]
    vectors: Callable[[int], Vectors] | None = None
    chosen: Mapping[str, Any] = field(default_factory=dict)
