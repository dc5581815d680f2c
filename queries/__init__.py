"""The Cypher files of this package: questions to a graph, by name.

A file `NAME.cypher` is a question for Neo4j; `NAME.ladybug.cypher` beside it says the same
for the embedded store, whose dialect has no subqueries. See `queries/question.py`.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from basketweave.errors import NotFoundError
from basketweave.suggest import did_you_mean

_SUFFIX = ".cypher"


def names() -> list[str]:
    """The names of all files, in alphabetical order."""
    return sorted(
        entry.name.removesuffix(_SUFFIX)
        for entry in files(__name__).iterdir()
        if entry.name.endswith(_SUFFIX)
    )


@cache
def text(name: str) -> str:
    """The text of a file; raises `NotFoundError` with the names that are near."""
    if name not in names():
        meant = did_you_mean(name, names(), 3)
        raise NotFoundError(
            f"No query is called {name!r}.{meant} List them: basketweave queries"
        )
    return (files(__name__) / f"{name}{_SUFFIX}").read_text(encoding="utf-8")


@cache
def query(name: str) -> str:
    """The statement of a file, which takes parameters: without head and `:param`."""
    from basketweave.queries.question import question

    return question(name).statement


@cache
def statements(name: str) -> dict[str, str]:
    """The statements of a query file by the names after `// ---`."""
    found = {}
    for block in text(name).split("// --- ")[1:]:
        head, _, statement = block.partition("\n")
        found[head.partition(":")[0]] = statement.strip().removesuffix(";")
    return found
