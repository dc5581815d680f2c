"""The window that settings are chosen on, and the test window, which is reported."""

from __future__ import annotations

from dataclasses import dataclass, replace

from basketweave.blend.request import Request
from basketweave.errors import UsageError
from basketweave.evaluation.splits import Split, leave_one_out, time_split
from basketweave.graph.derive import derived
from basketweave.graph.known import Known
from basketweave.graph.schema import ITEM
from basketweave.graph.subgraph import Subgraph


@dataclass(frozen=True)
class Windows:
    """The two windows: `validation`, to choose by, and `test`, to report.

    days   the length of the further windows before `validation`
    """

    validation: Split
    test: Split
    days: float = 28

    def at(self, n: int) -> Split:
        """The `n`-th window before the test window.

        0 is the test window, 1 the validation window, 2 the `days` before that.
        """
        if n == 0:
            return self.test
        split = self.validation
        for _ in range(n - 1):
            split = time_split(split.train, days=self.days, kind=split.kind)
        return split

    def without_refit(self) -> Windows:
        """The same windows, with the test asked of models trained before validation.

        Published results are trained in this way. The events of the validation part
        belong to the histories of the test, but no model is trained on them.
        """
        train, history = self.validation.train, self.test.train
        # Encoders that read items over relationships find those of `train` there.
        learnt = {(ITEM, k, ITEM): e for k, e in derived(train).edges.items()}
        history = replace(history, edges={**history.edges, **learnt})
        return replace(self, test=replace(self.test, train=train, history=history))

    @property
    def again(self) -> Subgraph | None:
        """The events on which a model is trained again for the test.

        None: it is not trained again.
        """
        return self.test.train if self.test.history is None else None


def windows_of(
    full: Subgraph,
    protocol: str = "time",
    *,
    days: float = 28,
    kind: str | None = None,
) -> Windows:
    """The two windows of a protocol.

    protocol   `time`: the last `days`, and the `days` before them; `last-item`: each
               person's last item, and the one before it
    kind       what is predicted; None: the data set's target

    Raises `UsageError` for another `protocol`.
    """
    kind = kind or full.counts.target
    test = _window(full, 0, protocol, days=days, kind=kind)
    if protocol == "time":  # the validation lies within what is before the test
        return Windows(time_split(test.train, days=days, kind=kind), test, days)
    return Windows(_window(full, 1, protocol, days=days, kind=kind), test, days)


def validation_of(
    full: Subgraph,
    protocol: str = "time",
    *,
    days: float = 28,
    known: Known = "any",
    kind: str | None = None,
) -> Split:
    """The validation split, on which settings are chosen.

    Without a `kind` the data set's target is predicted. Raises `UsageError` for a
    `known` or a `protocol` (see `windows_of`) that there is not.
    """
    asked = Request(user=None, known=known).known
    kind = kind or full.counts.target
    return _window(full, 1, protocol, days=days, kind=kind).under(asked)


def _window(full: Subgraph, n: int, protocol: str, *, days: float, kind: str) -> Split:
    """The test window of a protocol, or the `n`-th window before it."""
    if protocol == "last-item":
        return leave_one_out(full, position=n + 1, kind=kind)
    if protocol != "time":
        raise UsageError(f"{protocol!r} is no protocol. Use time or last-item.")
    for _ in range(n):
        full = time_split(full, days=days, kind=kind).train
    return time_split(full, days=days, kind=kind)
