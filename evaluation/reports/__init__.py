"""What an evaluation says: figures with intervals, tables, pictures, files."""

from basketweave.evaluation.reports.beyond import Beyond
from basketweave.evaluation.reports.bootstrap import Interval, interval, intervals
from basketweave.evaluation.reports.report import Report, Result

__all__ = ["Beyond", "Interval", "Report", "Result", "interval", "intervals"]
