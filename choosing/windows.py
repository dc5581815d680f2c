"""What is chosen on and what is reported: the window before the test's, and the test's."""

from __future__ import annotations

from dataclasses import dataclass

from basketweave.blend.request import Request
from basketweave.errors import UsageError
from basketweave.evaluation.splits import Split, leave_one_out, time_split
from basketweave.graph.schema import PURCHASED
from basketweave.graph.subgraph import Subgraph


@dataclass(frozen=True)
class Windows:
    """The two questions: `validation`, to choose by, and `test`, to report."""

    validation: Split
    test: Split


def windows_of(
    full: Subgraph,
    protocol: str = "time",
    *,
    days: float = 28,
    kind: str = PURCHASED,
) -> Windows:
    """The two windows of a protocol.

    protocol   `time`: the last `days`, and the `days` before them; `last-item`: each
               person's last item, and the one before it

    Raises `UsageError` for another `protocol`.
    """
    if protocol == "last-item":
        before, last = (leave_one_out(full, position=n, kind=kind) for n in (2, 1))
        return Windows(before, last)
    if protocol != "time":
        raise UsageError(f"{protocol!r} is no protocol. Use time or last-item.")
    test = time_split(full, days=days, kind=kind)
    return Windows(time_split(test.train, days=days, kind=kind), test)


def validation_of(
    full: Subgraph,
    protocol: str = "time",
    *,
    days: float = 28,
    known: str = "any",
    kind: str = PURCHASED,
) -> Split:
    """What settings are chosen on: the window, or the item, before the test's.

    Raises `UsageError` for another `protocol` than those of `windows_of`, or `known`.
    """
    asked = Request(user=None, known=known).known
    return windows_of(full, protocol, days=days, kind=kind).validation.under(asked)
