"""Dates and times that Python has, and those for which numbers are shown."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from basketweave.loaders.files.odd_times import numbered, python_has

TIMES = [
    pl.Date(),
    pl.Time(),
    *(kind(unit) for kind in (pl.Datetime, pl.Duration) for unit in ("ms", "us", "ns")),
]


@pytest.mark.parametrize(
    ("dtype", "least", "most"),
    [
        (pl.Date(), -719_162, 2_932_896),  # 0001-01-01 and 9999-12-31
        (pl.Datetime("ms"), -62_135_596_800_000, 253_402_300_799_999),
        (pl.Time(), 0, 86_400_000_000_000 - 1),
    ],
)
def test_python_has_the_years_from_1_to_9999(
    dtype: pl.DataType, least: int, most: int
) -> None:
    days = pl.Int32 if dtype == pl.Date() else pl.Int64
    for inside in ([least, None, most], [None], []):
        assert python_has(pl.Series(inside, dtype=days).cast(dtype))
    outside = [least - 1, most + 1] if dtype != pl.Time() else []
    for number in outside:
        assert not python_has(pl.Series([number], dtype=days).cast(dtype))


@given(
    st.sampled_from(TIMES),
    st.lists(st.none() | st.integers(-(2**63), 2**63 - 1), max_size=5),
)
def test_what_python_has_can_be_had_and_the_rest_has_numbers(
    dtype: pl.DataType, numbers: list[int | None]
) -> None:
    if dtype == pl.Date():
        numbers = [n if n is None else n >> 32 for n in numbers]
    whole = pl.Int32 if dtype == pl.Date() else pl.Int64
    column = pl.Series("t", numbers, whole).cast(dtype, strict=False)
    shown = column if python_has(column) else column.cast(numbered(dtype))
    assert len(shown.to_list()) == len(numbers)


def test_times_within_lists_and_structs_are_numbers() -> None:
    inner = pl.Struct({"day": pl.Date(), "n": pl.Int8()})
    assert numbered(pl.List(inner)) == pl.List(
        pl.Struct({"day": pl.Int64(), "n": pl.Int8()})
    )
    assert not python_has(pl.Series([[None]], dtype=pl.List(pl.Date())))
    assert python_has(pl.Series([["a"]]))
