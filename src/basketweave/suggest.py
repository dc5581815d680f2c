"""Which name somebody meant who wrote one that does not exist."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

MOST = 5_000
"""How many names are compared letter by letter: 5,000 take some .1 s."""


def nearest_names(name: str, names: Sequence[str], n: int = 3) -> list[str]:
    """At most `n` of `names`: those nearest to this one, the nearest first.

    >>> nearest_names("cosmetics", ["COSMETICS", "FRUIT", "COSMETICS > SOAP"], 2)
    ['COSMETICS', 'COSMETICS > SOAP']
    """
    low = name.lower()
    lower = {one.lower(): one for one in reversed(names)}
    size = len(low)
    alike = [one for one in lower if size <= 2 * len(one) + 2 <= 4 * size + 8]
    near = get_close_matches(low, alike[:MOST], n=n)
    within = [one for one in lower if low and low in one]
    found = dict.fromkeys([*near, *sorted(within, key=len)])
    return [lower[one] for one in found][:n]


def did_you_mean(name: str, names: Sequence[str], n: int = 1) -> str:
    """ " Did you mean 'x'?" where one of `names` is close, else an empty text.

    >>> did_you_mean("tiem", ["user", "time"])
    " Did you mean 'time'?"
    """
    near = [f"'{one}'" for one in nearest_names(name, names, n)]
    return f" Did you mean {' or '.join(near)}?" if near else ""
