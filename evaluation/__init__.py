"""One honest protocol for all models: splits, exact ranking metrics, reports."""

from basketweave.evaluation.comparison import evaluate
from basketweave.evaluation.protocol import Fits, HistoryScores, Scores
from basketweave.evaluation.ranking import top_k
from basketweave.evaluation.reports import (
    Beyond,
    Interval,
    Report,
    Result,
    interval,
    intervals,
)
from basketweave.evaluation.splits import (
    Known,
    Split,
    given,
    given_sessions,
    holdout,
    leave_one_out,
    new_items,
    next_item,
    session_split,
    time_split,
)

__all__ = [
    "Beyond",
    "Fits",
    "HistoryScores",
    "Interval",
    "Known",
    "Report",
    "Result",
    "Scores",
    "Split",
    "evaluate",
    "given",
    "given_sessions",
    "holdout",
    "interval",
    "intervals",
    "leave_one_out",
    "new_items",
    "next_item",
    "session_split",
    "time_split",
    "top_k",
]
