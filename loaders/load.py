"""`load_tables`: from a source's name to checked tables."""

from __future__ import annotations

from difflib import get_close_matches

from basketweave.errors import UsageError
from basketweave.loaders.sources import Source, sources
from basketweave.loaders.tables import Tables


def load_tables(source: str) -> Tables:
    """The tables of `source`: a name out of `sources()`, with ":place" if need be.

    Raises UsageError for a name that is not known, DataError for files that are
    missing or cannot be used.
    """
    name, _, where = source.partition(":")
    return _find(name).read(where or None)


def _find(name: str) -> Source:
    known = sources()
    if name in known:
        return known[name]
    near = get_close_matches(name, known, n=1)
    meant = f" Did you mean '{near[0]}'?" if near else ""
    raise UsageError(f"'{name}' is not a source.{meant} Use one of {', '.join(known)}.")
