"""Which group of an experiment a person is in: the same on every machine, at any time.

A hash of the experiment's name and the person's id, as a number from 0 to 1, below the
experiment's share is group `b`. Another name gives another hash: who is in `b` of one
experiment is in either group of another one with the chances of anybody. Source: Kohavi,
Tang & Xu (2020), Trustworthy online controlled experiments, chapter 14.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b
from typing import Literal

from basketweave.graph.experiments import LiveExperiment
from basketweave.graph.ids import as_id
from basketweave.graph.known import Known

Group = Literal["a", "b"]


@dataclass(frozen=True)
class Assigned:
    """A person's group in an experiment, and the blend that serves it."""

    experiment: str
    group: Group
    blend: str


def group_of(experiment: str, user: object, share: float) -> Group:
    """The group of a person.

    >>> [group_of("spring", user, 0.5) for user in range(5)]
    ['a', 'b', 'a', 'b', 'b']
    """
    text = f"{experiment}\0{as_id(user)}".encode()
    number = int.from_bytes(blake2b(text, digest_size=8).digest())
    return "b" if number < share * 2**64 else "a"


def assigned(
    running: Iterable[LiveExperiment], user: object, known: Known
) -> Assigned | None:
    """The group of a person in the experiment that is about such requests, if any is."""
    for one in running:
        if one.runs and one.known == known:
            group = group_of(one.name, user, one.share)
            return Assigned(one.name, group, one.a if group == "a" else one.b)
    return None
