"""The query string of a request as parameters."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs

from basketweave.errors import UsageError


def parameters(query: str) -> dict[str, Any]:
    """The parameters in a query string: items as a list, weights by part.

    >>> parameters("k=5&item=a&item=b&weight.graph=0.5")
    {'k': '5', 'item': ['a', 'b'], 'weights': {'graph': '0.5'}}

    Raises `UsageError` where a value is given twice, or is not UTF-8.
    """
    try:
        found = parse_qs(
            query, keep_blank_values=True, max_num_fields=500, errors="strict"
        )
    except ValueError:
        raise UsageError("This address cannot be read.") from None
    asked: dict[str, Any] = {}
    for name, values in found.items():
        if name != "item" and len(values) > 1:
            raise UsageError(f"'{name}' can be given only once.")
        part = name.removeprefix("weight.")
        if name == "weights":
            raise UsageError("Weights are given one by one, as in weight.graph=0.5.")
        if part != name:
            asked.setdefault("weights", {})[part] = values[0]
        else:
            asked[name] = values if name == "item" else values[0]
    return asked
