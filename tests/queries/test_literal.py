"""Literals are read by Neo4j as the value that was written, whatever is in it."""

from __future__ import annotations

import math
import re

import pytest

from basketweave.errors import UsageError
from basketweave.queries.literal import literal


def test_a_text_cannot_end_early() -> None:
    text = "O'Neil\\' RETURN 1 //\n\u2028\"☕"
    written = literal(text)
    assert re.fullmatch(r"'(?:\\.|[^'\\\n])*'", written)


def test_values_of_every_kind_are_written() -> None:
    given = {"k": 10.0, "a b`": [None, True, -1], "m": {}}
    assert literal(given) == "{k: 10.0, `a b```: [null, true, -1], m: {}}"


@pytest.mark.parametrize("value", [math.inf, math.nan, object(), {1, 2}])
def test_what_cypher_cannot_write_is_refused(value: object) -> None:
    with pytest.raises(UsageError):
        literal(value)
