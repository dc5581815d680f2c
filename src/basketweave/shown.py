"""A value as an error shows it."""

from __future__ import annotations

MOST = 60


def shown(value: object) -> str:
    """The value as text on one line, cut where it is long.

    >>> shown(["a", 1]), shown("x" * 100)[-3:]
    ("['a', 1]", 'xx…')
    """
    try:
        text = " ".join(repr(value).split())
    except ValueError:  # a number of more than 4,300 digits is not written
        text = f"a {type(value).__name__}"
    return text if len(text) <= MOST else text[:MOST] + "…"
