"""Ways to divide a subgraph into what a model may know and what it must find."""

from basketweave.evaluation.splits.by_pair import given, holdout
from basketweave.evaluation.splits.by_time import leave_one_out, time_split
from basketweave.evaluation.splits.new_items import new_items
from basketweave.evaluation.splits.sessions import (
    given_sessions,
    next_item,
    session_split,
)
from basketweave.evaluation.splits.split import Split
from basketweave.graph.known import Known

__all__ = [
    "Known",
    "Split",
    "given",
    "given_sessions",
    "holdout",
    "leave_one_out",
    "new_items",
    "next_item",
    "session_split",
    "time_split",
]
