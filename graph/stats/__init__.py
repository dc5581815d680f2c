"""What a store holds (`stats`), and what in it would spoil learning (`doctor`)."""

from basketweave.graph.stats.counts import Degrees, Stats, stats
from basketweave.graph.stats.doctor import Finding, doctor

__all__ = ["Degrees", "Finding", "Stats", "doctor", "stats"]
