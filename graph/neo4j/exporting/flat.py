"""Lists of numbers, as Bolt brings them, into one array."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt


def flat(lists: Sequence[list[Any]], dtype: type[np.generic]) -> npt.NDArray[Any]:
    """All lists as one array.

    >>> flat([[1, 2], [3]], np.int64).tolist()
    [1, 2, 3]
    """
    return np.concatenate([np.empty(0, dtype), *(np.array(x, dtype) for x in lists)])


def repeated(keys: Sequence[int], lists: Sequence[list[Any]]) -> npt.NDArray[np.int64]:
    """Each key as often as its list is long.

    >>> repeated([7, 8], [["a", "b"], ["c"]]).tolist()
    [7, 7, 8]
    """
    counts = np.fromiter(map(len, lists), np.int64, len(lists))
    return np.repeat(np.array(keys, np.int64), counts)
