"""What is chosen on and what is reported: the window before the test's, and the test's."""

from __future__ import annotations

from dataclasses import dataclass, replace

from basketweave.blend.request import Request
from basketweave.errors import UsageError
from basketweave.evaluation.splits import Split, leave_one_out, time_split
from basketweave.graph.derive import derived
from basketweave.graph.known import Known
from basketweave.graph.schema import ITEM, PURCHASED
from basketweave.graph.subgraph import Subgraph


@dataclass(frozen=True)
class Windows:
    """The two questions: `validation`, to choose by, and `test`, to report.

    days   the length of the windows before them
    """

    validation: Split
    test: Split
    days: float = 28

    def at(self, n: int) -> Split:
        """The window `n` before the test's: 1 is the validation's, 2 the `days` before."""
        if n == 0:
            return self.test
        split = self.validation
        for _ in range(n - 1):
            split = time_split(split.train, days=self.days, kind=split.kind)
        return split

    def without_refit(self) -> Windows:
        """The test asked of what was learnt before validation, as it was chosen.

        So published results are trained: the validation part is read by a question of
        the test, and known by then, but nothing is learnt from it.
        """
        train, history = self.validation.train, self.test.train
        # Encoders that read items over relationships find those of `train` there.
        learnt = {(ITEM, k, ITEM): e for k, e in derived(train).edges.items()}
        history = replace(history, edges={**history.edges, **learnt})
        return replace(self, test=replace(self.test, train=train, history=history))

    @property
    def again(self) -> Subgraph | None:
        """What a model is trained on again for the test; None: on nothing more."""
        return self.test.train if self.test.history is None else None


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
    validation, test = (
        _window(full, n, protocol, days=days, kind=kind) for n in (1, 0)
    )
    return Windows(validation, test, days)


def validation_of(
    full: Subgraph,
    protocol: str = "time",
    *,
    days: float = 28,
    known: Known = "any",
    kind: str = PURCHASED,
) -> Split:
    """What settings are chosen on: the window, or the item, before the test's.

    Raises `UsageError` for another `protocol` than those of `windows_of`, or `known`.
    """
    asked = Request(user=None, known=known).known
    return _window(full, 1, protocol, days=days, kind=kind).under(asked)


def _window(full: Subgraph, n: int, protocol: str, *, days: float, kind: str) -> Split:
    """The last question of a protocol, or the `n`-th before it."""
    if protocol == "last-item":
        return leave_one_out(full, position=n + 1, kind=kind)
    if protocol != "time":
        raise UsageError(f"{protocol!r} is no protocol. Use time or last-item.")
    for _ in range(n):
        full = time_split(full, days=days, kind=kind).train
    return time_split(full, days=days, kind=kind)
