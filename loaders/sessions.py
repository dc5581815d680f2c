"""Cutting people's events into sessions."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from basketweave.graph.tables import Tables
from basketweave.loaders.assemble import id_type


def into_sessions(tables: Tables, minutes: float) -> Tables:
    """The tables in which each session is a user of its own: `ann#1`, `ann#2`.

    A session ends where `minutes` pass without an event of that user. It has the
    attributes of its user; users without events have no session.
    """
    pause = pl.col("time").diff().over("user") > minutes * 60
    number = (pause.cast(pl.Int64).fill_null(0)).cum_sum().over("user") + 1
    named = pl.format("{}#{}", "user", number)
    events = tables.events.sort("time", maintain_order=True).with_columns(session=named)
    sessions = events.select("user", "session").unique(maintain_order=True)
    users = sessions.join(
        tables.users, left_on="user", right_on="id", how="left", maintain_order="left"
    )
    bare = users.filter(pl.col("user").is_in(_bare(tables).implode()))["session"]
    users = users.drop("user").rename({"session": "id"})
    return replace(
        tables,
        users=users,
        events=events.with_columns(user="session").drop("session"),
        notes={**tables.notes, "sessions made of users' events": len(users)},
        bare={**tables.bare, "users": bare.alias("id")},
        user_ids=id_type(users["id"]),
    )


def _bare(tables: Tables) -> pl.Series:
    return tables.bare.get("users", pl.Series("id", [], pl.String))
