"""Experiments of a store: started, stopped, and asked about at each request."""

from __future__ import annotations

import re
import threading
import time
from dataclasses import replace

from basketweave.errors import NotFoundError, UsageError
from basketweave.experiments.assignment import Assigned, assigned
from basketweave.graph.experiments import LiveExperiment
from basketweave.graph.known import Known
from basketweave.graph.store import GraphStore
from basketweave.graph.vectors import ModelVersion
from basketweave.shown import shown

SECONDS = 5.0
"""How long what runs is remembered: another process may start or stop one."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}")


class Experiments:
    """The experiments of a store; safe to use from several threads.

    experiments = Experiments(store)
    mine = experiments.of(7, "new")          # None where no experiment is about it
    answer = client.recommend(7, blend=mine and mine.blend)
    """

    def __init__(self, store: GraphStore) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._read: tuple[float, list[LiveExperiment]] | None = None

    def all(self) -> list[LiveExperiment]:
        """All of them, the newest first."""
        return self._store.experiments()

    def named(self, name: str) -> LiveExperiment:
        """The experiment of this name; raises `NotFoundError` where there is none."""
        there = self.all()
        for one in there:
            if one.name == name:
                return one
        names = ", ".join(one.name for one in there)
        raise NotFoundError(
            f"There is no experiment {shown(name)}. There are: {names or 'none'}."
        )

    def of(self, user: object, known: Known = "new") -> Assigned | None:
        """The group of a person in what runs for such requests, if anything does."""
        return assigned(self._running(), user, known)

    def start(self, name: str, a: str, b: str, share: float = 0.5) -> LiveExperiment:
        """Serve `a` to some people, and `b` to a `share` of them.

        Raises `NotFoundError` for a blend that is not published, and `UsageError` for
        two of different requests, a name that was used, or where another experiment
        runs for the same requests.
        """
        if not _NAME.fullmatch(name):
            raise UsageError(
                f"{shown(name)} is no name of an experiment. Use up to 63 letters, "
                "digits, _, . and -."
            )
        if not 0 < share < 1:
            raise UsageError(f"The share must lie between 0 and 1, not {shown(share)}.")
        started = LiveExperiment(
            *(name, self._blend(a), self._blend(b), share, int(time.time()))
        )
        self._check(started)
        self._store.write_experiment(started)
        self._read = None
        return started

    def stop(self, name: str) -> LiveExperiment:
        """End an experiment: the live blend serves everyone again."""
        found = self.named(name)
        if not found.runs:
            raise UsageError(f"The experiment {name} was stopped before.")
        stopped = replace(found, stopped=int(time.time()))
        self._store.write_experiment(stopped)
        self._read = None
        return stopped

    def _running(self) -> list[LiveExperiment]:
        read, now = self._read, time.monotonic()
        if read is None or now - read[0] > SECONDS:
            with self._lock:
                found = [one for one in self._store.experiments() if one.runs]
                self._read = read = now, found
        return read[1]

    def _blend(self, name: str) -> str:
        """A published blend as `blend_new@3`, whichever way it is written."""
        blends = [v for v in self._store.models() if v.card.kind == "blend"]
        for one in blends:
            if name in (_told(one), one.key):
                return _told(one)
        there = ", ".join(map(_told, blends))
        raise NotFoundError(
            f"There is no blend {shown(name)}. There are: {there or 'none'}."
        )

    def _check(self, new: LiveExperiment) -> None:
        if new.a == new.b:
            raise UsageError(f"Both groups would be served by {new.a}.")
        if new.a.partition("@")[0] != new.b.partition("@")[0]:
            raise UsageError(
                f"{new.a} and {new.b} are of different requests. Compare two versions "
                "of one blend."
            )
        for one in self.all():
            if one.name == new.name:
                raise UsageError(
                    f"There was an experiment {new.name} already: who is in which group "
                    "goes by its name. Take another."
                )
            if one.runs and one.known == new.known:
                raise UsageError(
                    f"The experiment {one.name} runs for known={new.known!r}. Stop it "
                    f"first: basketweave experiment stop {one.name}"
                )


def _told(version: ModelVersion) -> str:
    return f"{version.card.name}@{version.version}"
