"""Question files have one form, and both dialects of a question take the same."""

from __future__ import annotations

import re

import pytest

from basketweave.errors import UsageError
from basketweave.queries.question import embedded, question, questions

EVERY = sorted(questions())


@pytest.mark.parametrize("name", EVERY)
def test_a_file_says_what_it_answers_its_parameters_and_a_row(name: str) -> None:
    asked = question(name)
    lines = asked.head.splitlines()
    assert sum(line.startswith("// | ") for line in lines) == 2
    assert max(map(len, lines)) <= 100
    assert asked.statement.startswith("CYPHER 5\n")
    assert set(re.findall(r"\$(\w+)", asked.statement)) == set(asked.defaults)
    alike = re.search(r"parameters are those of (\w+)\.", asked.head)
    head = asked.head + (question(alike[1]).head if alike else "")
    for parameter in asked.defaults:
        assert re.search(rf"^// {parameter}  +\S", head, re.MULTILINE), parameter


@pytest.mark.parametrize("name", [name for name in EVERY if embedded(name)])
def test_both_dialects_of_a_question_take_and_answer_the_same(name: str) -> None:
    here, there = question(name), embedded(name)
    assert there is not None
    assert there.defaults == here.defaults
    assert there.summary == here.summary


def test_values_stand_in_what_is_pasted_and_nowhere_else() -> None:
    pasted = question("next_item").pasted({"user": "O'Neil"})
    assert "{id: toString('O\\'Neil')}" in pasted
    assert "$" not in pasted.partition("CYPHER 5")[2]
    kept = question("next_item").parametrised({"k": 3})
    assert ":param {user: '1', k: 3};\n" in kept


def test_an_unknown_parameter_is_refused_with_those_there_are() -> None:
    with pytest.raises(UsageError, match=r"Did you mean 'user'\? It has: user, k"):
        question("next_item").given({"usr": 1})
