"""The SEARCH clause in place of the procedure, on servers that have it.

Neo4j 2026 has SEARCH, under Cypher 25, and calls the procedure deprecated. SEARCH takes
the name of an index as it stands, not from a parameter, so it is written in.
"""

from __future__ import annotations

import re
from dataclasses import replace

from basketweave.queries.question import Question

FIRST = (2026, 1)
"""The first release that has it."""

_CALL = re.compile(
    r"CALL db\.index\.vector\.queryNodes\(index, (.+), vector\) "
    r"YIELD node AS (\w+), score\n( *)(WHERE )?"
)
_NAME = re.compile(r"\w+", re.ASCII)


def searches(asked: Question) -> bool:
    """Whether one vector index is all that the question looks into."""
    several = "live[" in asked.statement or " one." in asked.statement
    return bool(_CALL.search(asked.statement)) and not several


def searching(asked: Question, items: str, users: str) -> Question:
    """The question with SEARCH over one of these indexes, if it `searches`.

    items, users  names of the indexes over the items' and the users' vectors
    """
    statement = asked.statement
    if not searches(asked):
        return asked
    over = users if "userIndex" in statement else items
    label = "User" if "userIndex" in statement else "Item"
    assert _NAME.fullmatch(over), over

    def clause(found: re.Match[str]) -> str:
        most, node, indent, where = found.groups()
        after = f"WITH *\n{indent}WHERE " if where else ""
        return (
            f"MATCH ({node}:{label})\n{indent}SEARCH {node} IN "
            f"(VECTOR INDEX {over} FOR vector LIMIT {most}) SCORE AS score\n"
            f"{indent}{after}"
        )

    found = _CALL.sub(clause, statement).replace("CYPHER 5\n", "CYPHER 25\n", 1)
    return replace(asked, statement=found)
