"""Applying `Options` to tables that were read, and telling what each removed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import polars as pl

from basketweave.errors import UsageError
from basketweave.graph.schema import RATED
from basketweave.graph.tables import Tables
from basketweave.loaders.assemble import DUPLICATES, duplicates
from basketweave.loaders.k_core import k_core
from basketweave.loaders.options import Options
from basketweave.loaders.sessions import into_sessions

YEAR = 31_536_000


def select(tables: Tables, options: Options) -> Tables:
    """`tables` without what the options exclude; `notes` count what went."""
    time, stars = pl.col("time"), pl.col("value")
    _check_window(tables, options)
    if options.since is not None:
        tables = _keep(tables, time >= options.since, "events before 'since', left out")
    if options.until is not None:
        tables = _keep(tables, time <= options.until, "events after 'until', left out")
    if options.min_stars is not None:
        enough = (pl.col("kind") != RATED) | (stars >= options.min_stars)
        tables = _keep(_rated(tables), enough, "events with too few stars, left out")
    if options.deduplicate:
        tables = _without_duplicates(tables)
    if options.session_gap is not None:
        tables = into_sessions(tables, options.session_gap)
    return _core(tables, options.k_core) if options.k_core else tables


def _check_window(tables: Tables, options: Options) -> None:
    """A bound of 1970 means nothing to events of 2010: it was written another way."""
    first = tables.events["time"].min()
    for name, bound in (("since", options.since), ("until", options.until)):
        small = bound is not None and 0 <= bound < YEAR
        if small and isinstance(first, int) and first > 10 * YEAR:
            raise UsageError(
                f"'{name}' is {bound}, a Unix second of 1970, and the first event is of "
                f"{datetime.fromtimestamp(first, UTC):%Y-%m-%d}. Write a date such as "
                "2017-11-30."
            )


def _keep(tables: Tables, condition: pl.Expr, sentence: str) -> Tables:
    """A comparison with a missing value keeps nothing: no stars are too few."""
    return _with_events(tables, tables.events.filter(condition), sentence)


def _with_events(tables: Tables, events: pl.DataFrame, sentence: str) -> Tables:
    gone = len(tables.events) - len(events)
    notes = {**tables.notes, sentence: gone} if gone else tables.notes
    return replace(tables, events=events, notes=notes)


def _rated(tables: Tables) -> Tables:
    kinds = tables.events["kind"].unique().sort().to_list()
    if RATED not in kinds:
        raise UsageError(
            f"min_stars needs events of kind {RATED}, but '{tables.name}' has "
            f"{', '.join(kinds) or 'none'}. Leave min_stars out."
        )
    return tables


def _without_duplicates(tables: Tables) -> Tables:
    again = pl.int_range(pl.len()).is_in(duplicates(tables.events).implode())
    notes = {k: v for k, v in tables.notes.items() if k != DUPLICATES}
    return _keep(replace(tables, notes=notes), ~again, f"{DUPLICATES}, removed")


def _core(tables: Tables, k: int) -> Tables:
    """The k-core's events, and only the users and items that are in it."""
    tables = _with_events(
        tables, k_core(tables.events, k), f"events outside the {k}-core, left out"
    )
    user, item = (tables.events[c].unique().implode() for c in ("user", "item"))
    users = tables.users.filter(pl.col("id").is_in(user))
    items = tables.items.filter(pl.col("id").is_in(item))
    notes = {
        f"users outside the {k}-core, left out": len(tables.users) - len(users),
        f"items outside the {k}-core, left out": len(tables.items) - len(items),
    }
    return replace(
        tables,
        users=users,
        items=items,
        in_category=tables.in_category.filter(pl.col("item").is_in(item)),
        links=tables.links.filter(
            pl.col("src").is_in(item) & pl.col("dst").is_in(item)
        ),
        notes={**tables.notes, **{k: v for k, v in notes.items() if v}},
    )
