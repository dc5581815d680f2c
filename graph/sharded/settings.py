"""How counting is spread over shards and processes of this machine."""

from __future__ import annotations

from pydantic import Field

from basketweave.settings import Settings

BASE = 350 << 20  # what a process takes by itself: libraries, ids, a part being read
ROW = 100  # bytes of memory for a row that is counted or added, copies included


class Sharding(Settings):
    """How the work is cut and how much it may take."""

    shards: int | None = Field(None, ge=1)
    """Into how many shards of whole users counting is cut; None: one for each part."""
    processes: int = Field(2, ge=1)
    """Processes at work at a time."""
    memory_mb: int = Field(4_000, ge=500)
    """Memory of all of them together, in MB."""
    keep: bool = False
    """Keep the sums, and the events as positions, beside the result: the next time only
    what is new is counted. It takes 16 bytes on disk for each sum, 30 for each event."""

    @property
    def rows(self) -> int:
        """Rows of pairs that one process holds at a time."""
        each = (self.memory_mb << 20) / self.processes - BASE
        return max(int(each / ROW / (2 if self.keep else 1)), 200_000)
