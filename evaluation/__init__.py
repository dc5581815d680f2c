"""One honest protocol for all models: splits, exact ranking metrics, reports."""

from basketweave.evaluation.evaluate import Report, Result, evaluate
from basketweave.evaluation.known import Known
from basketweave.evaluation.protocol import Fits, HistoryScores, Scores
from basketweave.evaluation.ranking import top_k
from basketweave.evaluation.sessions import next_item, session_split
from basketweave.evaluation.split import Split
from basketweave.evaluation.splits import given, holdout, leave_one_out, time_split

__all__ = [
    "Fits",
    "HistoryScores",
    "Known",
    "Report",
    "Result",
    "Scores",
    "Split",
    "evaluate",
    "given",
    "holdout",
    "leave_one_out",
    "next_item",
    "session_split",
    "time_split",
    "top_k",
]
