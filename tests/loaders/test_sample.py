"""A sample keeps some people, all that they did, and the items of that."""

from __future__ import annotations

import pytest

from basketweave.errors import UsageError
from basketweave.graph.tables import Tables
from basketweave.loaders.sample import sampled


def test_a_sample_is_whole_for_those_who_are_in_it(checkerboard: Tables) -> None:
    some = sampled(checkerboard, 2)
    chosen = some.users["id"].to_list()
    assert len(chosen) == 2
    theirs = checkerboard.events.filter(checkerboard.events["user"].is_in(chosen))
    assert some.events.sort("user", "time").equals(theirs.sort("user", "time"))
    assert set(some.items["id"]) == set(theirs["item"])
    assert set(some.in_category["item"]) <= set(theirs["item"])
    assert sampled(checkerboard, 2).users.equals(some.users)


def test_a_sample_of_more_than_there_are_is_everybody(checkerboard: Tables) -> None:
    assert len(sampled(checkerboard, 99).events) == len(checkerboard.events)
    with pytest.raises(UsageError):
        sampled(checkerboard, 0)
