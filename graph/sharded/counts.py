"""What an event of each kind counts in shards, and the plan that follows from it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import numpy as np

from basketweave.graph.derive.derive import DeriveConfig
from basketweave.graph.derive.facts import Facts, Plan, planned
from basketweave.graph.kinds import Kinds, counting
from basketweave.graph.sharded.folder import read_table


def kinds_in(files: Sequence[Path]) -> set[str]:
    """The kinds of the events in these files."""
    kinds = (read_table(path, ["kind"])["kind"].unique() for path in files)
    return {kind for some in kinds for kind in some}


def counts_of(stated: Kinds | None, present: Collection[str]) -> Mapping[str, float]:
    """What an event of each kind that there is counts; 1 where all are alike."""
    found, counts = sorted(present), counting(stated, present)
    if counts.alike(found):
        return dict.fromkeys(found, 1.0)
    return {kind: float(np.float32(counts.weights[kind])) for kind in found}


def plan_of(
    facts: Facts,
    config: DeriveConfig,
    counts: Mapping[str, float],
    *,
    exact: bool = False,
) -> Plan:
    """The plan for events whose kinds count so; see `planned`."""
    weights = [one for one in counts.values() if one > 0]
    return planned(facts, config, max(weights), min(weights), exact=exact)
