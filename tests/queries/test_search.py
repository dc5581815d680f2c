"""SEARCH stands in for the procedure where one index is looked into, and nowhere else."""

from __future__ import annotations

import pytest

from basketweave.queries.question import question, questions
from basketweave.queries.search import searches, searching

ONE = {"nearest", "neighbourhoods", "people_alike", "similar_three_ways"}


def test_questions_that_look_into_one_index_are_known() -> None:
    assert {name for name, asked in questions().items() if searches(asked)} == ONE


@pytest.mark.parametrize("name", sorted(ONE))
def test_the_live_index_is_written_in(name: str) -> None:
    found = searching(question(name), "item_gat_v3", "user_gat_v3").statement
    index = "user_gat_v3" if name == "people_alike" else "item_gat_v3"
    assert found.startswith("CYPHER 25\n")
    assert f"IN (VECTOR INDEX {index} FOR vector LIMIT toInteger($k) + 1)" in found
    assert "queryNodes" not in found


def test_other_questions_stay_as_they_are() -> None:
    asked = question("two_models")
    assert searching(asked, "item_gat_v3", "user_gat_v3") is asked
