"""The Cypher files of this package, by name.

A file `NAME.cypher` runs in Neo4j Browser as it stands. Where the embedded store's
dialect lacks something, `NAME.ladybug.cypher` beside it says the same for it.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from basketweave.errors import NotFoundError

_SUFFIX = ".cypher"


def names() -> list[str]:
    """The names of all queries, in alphabetical order."""
    return sorted(
        entry.name.removesuffix(_SUFFIX)
        for entry in files(__name__).iterdir()
        if entry.name.endswith(_SUFFIX)
    )


@cache
def query(name: str) -> str:
    """The text of a query; raises `NotFoundError` naming those there are."""
    if name not in names():
        raise NotFoundError(
            f"No query is called {name!r}. There are: {', '.join(names())}."
        )
    return (files(__name__) / f"{name}{_SUFFIX}").read_text(encoding="utf-8")


def summary(name: str) -> str:
    """What a query answers: the first sentence of its file."""
    comment = query(name).partition("\n//\n")[0].replace("\n//", "")
    return comment.removeprefix("//").partition(". ")[0].strip().rstrip(".") + "."


@cache
def statements(name: str) -> dict[str, str]:
    """The statements of a query file by the names after `// ---`."""
    found = {}
    for block in query(name).split("// --- ")[1:]:
        head, _, text = block.partition("\n")
        found[head.partition(":")[0]] = text.strip().removesuffix(";")
    return found
