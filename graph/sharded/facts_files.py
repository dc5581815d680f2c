"""Facts in a file: those of a shard, or of its users as they were and as they are."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from basketweave.graph.derive.facts import Facts
from basketweave.whole import whole


def write_facts(path: Path, *facts: Facts) -> None:
    """Write one or several into a file, which is whole or not there."""
    told = {f"{n}-{k}": v for n, one in enumerate(facts) for k, v in vars(one).items()}
    with whole(path) as beside, beside.open("wb") as file:
        np.savez(file, **told)


def read_facts(path: Path, several: int = 1) -> tuple[Facts, ...]:
    """So many as were written; raises what `np.load` and a missing name do."""
    with np.load(path) as said:
        return tuple(_facts(said, n) for n in range(several))


def facts_if_there(path: Path, several: int = 1) -> tuple[Facts, ...] | None:
    """The same; None where there is no whole file of them."""
    try:
        return read_facts(path, several)
    except (OSError, ValueError, TypeError, KeyError, EOFError, BadZipFile):
        return None


def _facts(said: Any, n: int) -> Facts:
    values: dict[str, Any] = {
        one.name: value if (value := said[f"{n}-{one.name}"]).ndim else int(value)
        for one in fields(Facts)
    }
    return Facts(**values)
