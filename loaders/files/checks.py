"""What single settings of a mapping may be; each raises ValueError in words."""

from __future__ import annotations

from datetime import datetime

import polars as pl

from basketweave.errors import SchemaError, UsageError
from basketweave.graph.schema import EVENT_KINDS, check_name
from basketweave.loaders.times import FORMS, unix_millis
from basketweave.suggest import did_you_mean
from basketweave.zones import zone

_RESERVED = {"id", "title", "brand"}
_SAMPLE = datetime(2006, 8, 14, 16, 31, 5)


def column_names(given: object) -> object:
    """One name, or several."""
    return [given] if isinstance(given, str) else given


def texts_of(given: object) -> object:
    """A value or several for each column, as texts."""
    if not isinstance(given, dict):
        return given
    return {key: column_names(value) for key, value in given.items()}


def event_kind(given: str) -> str:
    """One of the schema's event kinds."""
    if given not in EVENT_KINDS:
        meant = did_you_mean(given, list(EVENT_KINDS))
        raise ValueError(f"no such kind.{meant} Use one of {', '.join(EVENT_KINDS)}")
    return given


def one_sign(given: str) -> str:
    """One sign that may stand for a quote or an escape."""
    if len(given) != 1 or not given.isascii() or given in "\r\n\0":
        raise ValueError("use one ASCII character")
    return given


def signs(given: str) -> str:
    """One sign or several that may separate fields."""
    if not given.isascii() or not given or set(given) & {*"\r\n\0"}:
        raise ValueError("use ASCII characters, such as , or ::")
    return given


def named_columns(given: object) -> object:
    """Columns as {name: column}; a list names each after itself."""
    if isinstance(given, list | tuple) and all(isinstance(n, str) for n in given):
        return {name: name for name in given}
    return given


def attribute_names(named: dict[str, str]) -> dict[str, str]:
    """Names that a node's property can have, no two alike but for their case."""
    for name in named:
        if name.lower() in _RESERVED:
            raise ValueError(f"'{name}' is not an attribute, but a setting of its own")
        try:
            check_name(name)
        except SchemaError as error:
            raise ValueError(f"{error} Write it as {{name: column}}") from None
    alike = [n for n in named if [m.lower() for m in named].count(n.lower()) > 1]
    if alike:
        raise ValueError(
            f"{' and '.join(alike)} differ only in their case, which the embedded store "
            "does not tell apart. Write one as {name: column}"
        )
    return named


def zone_name(given: str) -> str:
    """The name or offset of a time zone."""
    try:
        zone(given)
    except UsageError as error:
        raise ValueError(str(error)) from None
    return given


def time_format(given: str) -> str:
    """One of `FORMS`, or a strptime pattern that reads a year, and so a day."""
    if "%" not in given:
        if given in FORMS:
            return given
        meant = did_you_mean(given, list(FORMS))
        raise ValueError(f"no such format.{meant} Use {', '.join(FORMS)}, or a pattern")
    plain = given.replace("%Z", "UTC")
    plain += " %M" if "%H" in given and "%M" not in given else ""
    try:
        written = pl.Series([_SAMPLE]).dt.replace_time_zone("UTC").dt.strftime(plain)
        found = unix_millis(written, plain).cast(pl.Datetime("ms")).item()
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        raise ValueError(f"no such pattern: {str(error).splitlines()[0]}") from None
    if found is None or found.year != _SAMPLE.year:
        raise ValueError("it reads no year. A pattern is such as %d.%m.%Y %H:%M")
    return given
