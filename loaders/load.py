"""`load_tables`: from a source's name to checked tables."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any

from basketweave.errors import UsageError
from basketweave.graph.tables import Tables
from basketweave.loaders.options import Options
from basketweave.loaders.quarantine import check_share
from basketweave.loaders.select import select
from basketweave.loaders.sources import sources
from basketweave.suggest import did_you_mean


def load_tables(source: str, options: Options | None = None, **changes: Any) -> Tables:
    """The tables of `source`: a name out of `sources()`, or a mapping's .yaml file.

    A place may follow the name, as in "recbole:FOLDER". `changes` are `Options`
    by name: `load_tables("beauty", k_core=5)`.

    Raises UsageError for a name, an option or a mapping that cannot be used, and
    DataError for a file that is missing, broken, or has too many unusable rows.
    """
    chosen = options or Options()
    if changes:
        chosen = Options(**{**chosen.model_dump(), **changes})
    tables = _read(source, chosen)
    check_share(tables, chosen.max_bad)
    return select(tables, chosen)


def _read(source: str, options: Options) -> Tables:
    if PurePath(source).suffix in {".yaml", ".yml"}:
        from basketweave.loaders.files.read import read_mapping

        return read_mapping(source)
    name, _, where = source.partition(":")
    readers = sources()
    if name not in readers:
        raise UsageError(
            f"'{name}' is not a source.{did_you_mean(name, list(readers))} Use one of "
            f"{', '.join(readers)}, or the path of a mapping (.yaml)."
        )
    return readers[name].read(where or None, links=options.links)
