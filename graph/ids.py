"""Ids as a client may give them: text, numbers of any library, in any sequence."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from numbers import Integral, Real
from typing import cast

from basketweave.errors import DataError, UsageError
from basketweave.graph.tables import IdType
from basketweave.shown import shown

ItemId = int | str
_NUMBER = re.compile("0|-?[1-9][0-9]{0,18}")
MAX_ID = 100_000
NOT_WHOLE = ("bool", "bool_", "timedelta64")
"""numpy counts these among its whole numbers, or Python does."""


def as_id(value: object) -> str:
    """The text by which the store knows an id: 7, numpy's 7 and 7.0 all give '7'.

    Raises `UsageError` for a value that cannot be an id: None, an empty text, a
    boolean, 7.5, NaN, a list, or text that no store can hold.
    """
    if isinstance(value, str):
        return _text(value)
    whole = as_whole(value)
    if whole is None:
        raise UsageError(f"{shown(value)} is no id. Use text or a whole number.")
    try:
        return _text(str(whole))
    except ValueError:  # Python writes no number of more than 4,300 digits
        raise UsageError("A number of so many digits is no id.") from None


def as_ids(values: object, what: str = "ids") -> list[str]:
    """The ids of a list, a tuple, an array or a series as texts, in their order.

    Raises `UsageError` where `values` is no sequence, or where a value cannot be an id.
    """
    if (
        isinstance(values, str | bytes | Mapping)
        or hasattr(values, "columns")  # a table goes through its columns' names
        or not isinstance(values, Iterable)
    ):
        raise UsageError(f"{what} must be a list of ids, not {shown(values)}.")
    try:
        return [as_id(value) for value in values]
    except TypeError:  # an array without a dimension says so only when it is read
        raise UsageError(
            f"{what} must be a list of ids, not {shown(values)}."
        ) from None


def id_in_row(what: str, value: object) -> str:
    """The id that a row says; raises `DataError` for a value that cannot be one."""
    try:
        return as_id(value)
    except UsageError as error:
        raise DataError(f"Its {what}: {error}") from error


def type_of_ids(ids: Iterable[object]) -> IdType:
    """Whether ids, as they were given, are all numbers, or text."""
    return "int" if all(as_whole(one) is not None for one in ids) else "str"


def one_or_more(given: object) -> list[str]:
    """The ids, each once, where a single one stands for a list of one."""
    several = [given] if isinstance(given, str | Integral) else given
    return list(dict.fromkeys(as_ids(several)))


def as_given(text: str, kind: IdType) -> ItemId:
    """An id as its source had it: a number where all were, and this text is one.

    >>> as_given("7", "int"), as_given("007", "int"), as_given("7", "str")
    (7, '007', '7')
    """
    return int(text) if kind == "int" and is_number(text) else text


def is_number(text: str) -> bool:
    """Whether a number of 64 bits gives just this text: 007 is none."""
    return bool(_NUMBER.fullmatch(text)) and -(2**63) <= int(text) < 2**63


def as_whole(value: object) -> int | None:
    """A whole number of any library as a Python int; None for any other value."""
    if type(value) in (int, str):  # as nearly all are; the rest takes longer to tell
        return value if isinstance(value, int) else None
    if isinstance(value, bool) or type(value).__name__ in NOT_WHOLE:
        return None
    if isinstance(value, Integral):
        return int(value)
    try:
        if isinstance(value, Real | Decimal) and math.isfinite(value):
            whole = cast(int, math.floor(value))
            return whole if value == whole else None
    except (OverflowError, ValueError):  # too large for math; a signalling Decimal
        return None
    return None


def _text(value: str) -> str:
    if not value:
        raise UsageError("An id must have at least one character.")
    if len(value) > MAX_ID:
        raise UsageError(
            f"An id has at most {MAX_ID:,} characters, and {shown(value)} has "
            f"{len(value):,}."
        )
    try:
        value.encode()
    except UnicodeEncodeError:
        raise UsageError(
            f"{shown(value)} is no id: half a character (a lone surrogate) cannot be "
            "stored. Decode the text it comes from as UTF-8."
        ) from None
    if "\0" in value:
        raise UsageError(f"{shown(value)} is no id: no store holds the character NUL.")
    return str(value)
