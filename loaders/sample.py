"""A part of the people of a source, with all that they did."""

from __future__ import annotations

from dataclasses import replace

from basketweave.errors import UsageError
from basketweave.graph.tables import Tables
from basketweave.loaders.load import load_tables
from basketweave.loaders.options import Options


def load_sample(source: str, options: Options, people: int | None) -> Tables:
    """The tables of a source as `load_tables` reads them; of so many people alone, or of
    all."""
    tables = load_tables(source, options=options)
    return tables if people is None else sampled(tables, people)


def sampled(tables: Tables, people: int, seed: int = 0) -> Tables:
    """The tables with `people` users at random, their events, and the items of these.

    With the same seed the same users come back. The catalogue keeps its categories and
    loses the items that nobody of the sample had. Raises `UsageError` for less than 1.
    """
    if people < 1:
        raise UsageError(f"A sample needs at least one person, not {people}.")
    users = tables.users.sort("id")
    users = users.sample(min(people, len(users)), seed=seed).sort("id")
    events = tables.events.join(users, left_on="user", right_on="id", how="semi")
    items = tables.items.join(events, left_on="id", right_on="item", how="semi")
    ends = items.select("id")
    inside = tables.in_category.join(ends, left_on="item", right_on="id", how="semi")
    links = tables.links.join(ends, left_on="src", right_on="id", how="semi").join(
        ends, left_on="dst", right_on="id", how="semi"
    )
    kept = {"users": users["id"], "items": items["id"]}
    bare = {
        name: ids.filter(ids.is_in(kept[name])) for name, ids in tables.bare.items()
    }
    return replace(
        tables, users=users, items=items, events=events, in_category=inside,
        links=links, bare=bare,
    )  # fmt: skip
