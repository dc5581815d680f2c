"""A question to the graph: what it answers, its parameters, and its statement.

A file opens with what it answers, a line for each parameter and a line of output, as
comments; then `:param {…};`, the parameters with their defaults; then one statement.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from basketweave.errors import UsageError
from basketweave.plain_yaml import parse_yaml
from basketweave.queries import names, text
from basketweave.queries.literal import literal
from basketweave.suggest import did_you_mean

_FILE = re.compile(r"((?://[^\n]*\n)+)\n(?::param (\{.*?\});\n\n)?(.*)", re.DOTALL)
_OTHER = re.compile(r"// --- (\w+), returning\n")
_PARAMETER = re.compile(r"\$(\w+)")
_EMBEDDED = ".ladybug"
APART = ("schema", "recommend.ladybug", "newest")
"""Files that are no questions: what the stores run themselves."""


@dataclass(frozen=True)
class Question:
    """One file of `queries/`.

    head       what it answers, its parameters and a line of output, as comments
    defaults   parameter -> default
    statement  the statement, with parameters, without a semicolon
    """

    name: str
    head: str
    defaults: Mapping[str, Any]
    statement: str

    @property
    def summary(self) -> str:
        """What it answers: the first sentence of the file."""
        comment = self.head.partition("\n//\n")[0].replace("\n//", "")
        first = comment.removeprefix("//").partition(". ")[0]
        return first.strip().rstrip(".") + "."

    def given(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The defaults with these values in their place.

        Raises `UsageError` for a parameter that the question does not have.
        """
        for name in values:
            if name not in self.defaults:
                there = ", ".join(self.defaults) or "none"
                meant = did_you_mean(name, list(self.defaults))
                raise UsageError(
                    f"'{self.name}' has no parameter {name!r}.{meant} It has: {there}."
                )
        return {**self.defaults, **values}

    def pasted(self, values: Mapping[str, Any]) -> str:
        """One statement with the values in it, which shows its rows where it is pasted.

        Neo4j Browser shows the rows of a single statement only: after `:param` lines
        it says no more than that a statement succeeded (tried with 5.15).
        """
        given = self.given(values)
        filled = _PARAMETER.sub(lambda n: literal(given[n[1]]), self.statement)
        return f"{self.head}\n{filled};\n"

    def parametrised(self, values: Mapping[str, Any]) -> str:
        """`:param` and the statement with its parameters, for cypher-shell, or to set
        parameters once and run a statement often."""
        given = self.given(values)
        lines = f":param {literal(given)};\n\n" if given else ""
        return f"{self.head}\n{lines}{self.statement};\n"


@cache
def question(name: str) -> Question:
    """The question of this name, or of `NAME.ladybug` for the embedded store.

    Raises `NotFoundError` where there is none.
    """
    found = _FILE.fullmatch(text(name))
    assert found is not None, f"{name}.cypher has no head"
    head, defaults, statement = found.groups()
    given = parse_yaml(defaults, f"{name}.cypher") if defaults else {}
    statement = statement.strip().removesuffix(";")
    if other := _OTHER.match(statement):
        return _ending(question(other[1]), name, head, given, statement[other.end() :])
    return Question(name, head, given, statement)


def questions() -> dict[str, Question]:
    """The questions that people ask, by name, in alphabetical order."""
    return {
        name: question(name)
        for name in names()
        if name not in APART and not name.endswith(_EMBEDDED)
    }


def embedded(name: str) -> Question | None:
    """The question in the embedded store's dialect; None where Neo4j alone answers."""
    other = f"{name}{_EMBEDDED}"
    return question(other) if other in names() and other not in APART else None


def _ending(
    other: Question, name: str, head: str, given: Mapping[str, Any], end: str
) -> Question:
    """Another question with another end than its last RETURN, and further parameters."""
    beginning = other.statement[: other.statement.rindex("\nRETURN") + 1]
    statement = _without_notices(beginning) + end
    return Question(name, head, {**other.defaults, **given}, statement)


def _without_notices(statement: str) -> str:
    return re.sub(r"(?m)^// with notices:\n(?:.*\n)*?^// without:\n", "", statement)
