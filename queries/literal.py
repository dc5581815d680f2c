"""Values as Cypher writes them, for statements that a person pastes."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence

from basketweave.errors import UsageError
from basketweave.shown import shown

_PLAIN = re.compile(r"[A-Za-z_]\w*", re.ASCII)


def literal(value: object) -> str:
    r"""A value as a Cypher literal, which no text can end early.

    >>> literal({"user": "O'Neil", "k": 10.0, "session": [], "asOf": None})
    "{user: 'O\\'Neil', k: 10.0, session: [], asOf: null}"

    Raises `UsageError` for what Cypher has no literal for.
    """
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case float() if not math.isfinite(value):
            raise UsageError(f"{value} cannot be a parameter. Use a finite number.")
        case int() | float():
            return repr(value)
        case str():
            inside = json.dumps(value)[1:-1].replace('\\"', '"').replace("'", "\\'")
            return f"'{inside}'"
        case Mapping():
            inside = ", ".join(f"{_key(k)}: {literal(v)}" for k, v in value.items())
            return f"{{{inside}}}"
        case Sequence():
            return f"[{', '.join(map(literal, value))}]"
    raise UsageError(f"{shown(value)} cannot be written in Cypher.")


def _key(name: object) -> str:
    plain = str(name)
    return plain if _PLAIN.fullmatch(plain) else f"`{plain.replace('`', '``')}`"
