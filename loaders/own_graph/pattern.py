"""Patterns that a mapping may name: nodes and relationships in a row, and nothing else.

A pattern is read into labels, types, directions and variables, and written anew with all
names quoted, so that no Cypher of somebody's own gets into a statement.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from basketweave.errors import UsageError

_NAME = r"(?:`[^`\\]+`|\w+)"
_VAR = r"(?P<var>[A-Za-z_]\w*)?"
_NODE = re.compile(rf"\s*\(\s*{_VAR}\s*(?::\s*(?P<names>{_NAME}))?\s*\)\s*")
_LINK = re.compile(
    rf"(?P<left><)?-\s*\[\s*{_VAR}\s*:\s*(?P<names>{_NAME}(?:\s*\|\s*{_NAME})*)\s*\]\s*-"
    r"(?P<right>>)?"
)
_REFERENCE = re.compile(r"\s*([A-Za-z_]\w*)\s*\.\s*(`[^`\\]+`|[^`\\.]+?)\s*")


@dataclass(frozen=True)
class PatternPart:
    """A node with its label (none: any), or a relationship with its types."""

    var: str | None
    names: tuple[str, ...]
    link: bool = False
    left: str = ""
    right: str = ""


@dataclass(frozen=True)
class Pattern:
    """Nodes and relationships by turns: `parts` begins and ends with a node."""

    text: str
    parts: tuple[PatternPart, ...]

    @property
    def ends(self) -> tuple[str, str]:
        """The labels of the first and of the last node; "" for any."""
        first, last = self.parts[0].names, self.parts[-1].names
        return "".join(first), "".join(last)

    def turned(self) -> Pattern:
        """The same, written from its other end."""
        turn = {"<": ">", ">": "<", "": ""}
        parts = tuple(
            replace(one, left=turn[one.right], right=turn[one.left])
            for one in reversed(self.parts)
        )
        return Pattern(self.text, parts)

    def between(self, first: str, last: str) -> Pattern:
        """The pattern from the label `first` to `last`; raises `UsageError` elsewhere."""
        if self.ends == (first, last):
            return self
        if self.ends == (last, first):
            return self.turned()
        raise UsageError(
            f"The pattern {self.text} leads from (:{self.ends[0]}) to "
            f"(:{self.ends[1]}), and has to be between (:{first}) and (:{last})."
        )

    def cypher(self, first: str, last: str) -> str:
        """The pattern with these variables at its ends, and all names quoted."""
        return "".join(map(_written, self.parts, self._variables(first, last)))

    def _variables(self, first: str, last: str) -> list[str]:
        """The variable of each part in the statement; "" for none."""
        inner = [f"its_{one.var}" if one.var else "" for one in self.parts[1:-1]]
        return [first, *inner, last]

    def property_of(self, reference: str, first: str, last: str) -> str:
        """`order.date` as an expression of the statement; raises `UsageError`."""
        var, name = self.reference(reference)
        place = [one.var for one in self.parts].index(var)
        return f"{self._variables(first, last)[place]}.{quoted(name)}"

    def reference(self, text: str) -> tuple[str, str]:
        """The variable and the property in `order.date`; raises `UsageError`."""
        found = _REFERENCE.fullmatch(text)
        there = [one.var for one in self.parts if one.var]
        if not found or found[1] not in there:
            raise UsageError(
                f"'{text}' is no property within {self.text}. Give the node or the "
                f"relationship a variable, and write variable.property; there are: "
                f"{', '.join(there) or 'none'}."
            )
        return found[1], found[2].strip("`")

    def part(self, var: str) -> PatternPart:
        """What a variable stands for."""
        return next(one for one in self.parts if one.var == var)


def quoted(name: str) -> str:
    """A name between backticks; raises `UsageError` where it could end them.

    >>> quoted("Order Details")
    '`Order Details`'
    """
    if not name or "`" in name or "\\" in name or not name.isprintable():
        raise UsageError(
            f"{name!r} cannot be a name here: it has a sign that Cypher reads as its own."
        )
    return f"`{name}`"


def parse_pattern(text: str) -> Pattern:
    """The pattern in a text such as (:Customer)-[:PLACED]->(order:Order).

    Raises `UsageError` for anything else.
    """
    parts = tuple(_parts(text))
    names = [one.var for one in parts if one.var]
    if len(set(names)) < len(names):
        raise UsageError(f"A variable stands twice in the pattern {text}.")
    return Pattern(text, parts)


def _parts(text: str) -> Iterator[PatternPart]:
    at, turn, links = 0, 0, 0
    while True:
        found = (_NODE, _LINK)[turn].match(text, at)
        if not found:
            break
        names = tuple(one.strip("`") for one in re.findall(_NAME, found["names"] or ""))
        left, right = (found["left"], found["right"]) if turn else ("", "")
        if left and right:
            break
        yield PatternPart(found["var"], names, bool(turn), left or "", right or "")
        at, links, turn = found.end(), links + turn, 1 - turn
        if turn and links and at == len(text):
            return
    raise UsageError(
        f"The pattern {text!r} is not understood from {text[at:][:20]!r} on. It is nodes "
        "and relationships with one label and with types: "
        "(:Customer)-[:PLACED]->(order:Order)-[line:CONTAINS]->(:Product)"
    )


def _written(part: PatternPart, var: str) -> str:
    if part.link:
        types = "|".join(map(quoted, part.names))
        return f"{part.left}-[{var}:{types}]-{part.right}"
    return f"({var}{''.join(f':{quoted(name)}' for name in part.names)})"
