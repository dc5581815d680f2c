"""Values of JSON objects: by nested key, as texts, and as category paths."""

from __future__ import annotations

import json
from typing import Any

_EXACT = 2**53


def value_of(row: dict[str, Any], key: str) -> Any:
    """What stands at `key`: the key itself, or the way through objects ("a.b")."""
    if key in row or "." not in key:
        return row.get(key)
    for at, sign in enumerate(key):
        inside = row.get(key[:at]) if sign == "." else None
        if isinstance(inside, dict) and has(inside, key[at + 1 :]):
            return value_of(inside, key[at + 1 :])
    return None


def has(row: dict[str, Any], key: str) -> bool:
    """Whether the object has that key, or objects that lead to it."""
    if key in row:
        return True
    parts = (at for at, sign in enumerate(key) if sign == ".")
    return any(
        isinstance(row.get(key[:at]), dict) and has(row[key[:at]], key[at + 1 :])
        for at in parts
    )


def flat(column: str, line: Any) -> dict[str, Any]:
    """The keys and values of one line of an order: `items.sku` and so on, or `items`
    where the line is a plain value."""
    if isinstance(line, dict):
        return {f"{column}.{key}": value for key, value in line.items()}
    return {column: line}


def as_text(value: Any, plain: bool) -> str | None:
    """Numbers as JSON writes them, lists of names joined by commas.

    Where values are `plain` ids and numbers, 5.0 is written 5, unless a float of that
    size skips whole numbers.
    """
    if value is None or isinstance(value, str):
        return value
    if plain and isinstance(value, float) and value.is_integer():
        value = int(value) if abs(value) < _EXACT else value
    if isinstance(value, list) and all(isinstance(v, str) for v in value):
        return ", ".join(value)
    return json.dumps(value, ensure_ascii=False)


def as_paths(value: Any) -> list[list[str | None]]:
    """A name, a list of names, or a list of paths, as a list of paths."""
    several = value if isinstance(value, list) else [] if value is None else [value]
    return [
        [as_text(n, plain=True) for n in (v if isinstance(v, list) else [v])]
        for v in several
    ]
