"""`LiveExperiment`: two published blends, and whom each of them serves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

EXPERIMENT = "Experiment"


@dataclass(frozen=True)
class LiveExperiment:
    """The `(:Experiment)` node.

    a, b        the blends, such as `blend_new@3`: as it is, and what may replace it
    share       of the people, whom `b` serves
    started     Unix second
    stopped     Unix second; None while it runs
    """

    name: str
    a: str
    b: str
    share: float
    started: int
    stopped: int | None = None

    @property
    def runs(self) -> bool:
        """Whether it has not been stopped."""
        return self.stopped is None

    @property
    def known(self) -> str:
        """The requests that it is about: those of its blends, such as `new`."""
        return self.a.partition("@")[0].removeprefix("blend_")


def properties(experiment: LiveExperiment) -> dict[str, Any]:
    """The node's properties but its name."""
    return {
        "a": experiment.a,
        "b": experiment.b,
        "share": experiment.share,
        "startedAt": experiment.started,
        "stoppedAt": experiment.stopped,
    }


def experiment_of(node: Mapping[str, Any]) -> LiveExperiment:
    """The experiment that a node describes."""
    return LiveExperiment(
        name=node["name"],
        a=node["a"],
        b=node["b"],
        share=node["share"],
        started=node["startedAt"],
        stopped=node.get("stoppedAt"),
    )
