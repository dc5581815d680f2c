"""The files of histories: the events of a shard of whole users, as positions.

Parts are read once and written so; what reads them every epoch then parses no id.
"""

from __future__ import annotations

import hashlib
import json

import numpy as np
import polars as pl
import pyarrow as pa

from basketweave.graph.derive.columns import column_of, table_of
from basketweave.graph.sharded.arrow_files import batches, stands, write_batches
from basketweave.graph.sharded.folder import PartsFolder
from basketweave.graph.sharded.shard import Shard, placed
from basketweave.graph.subgraph import Events
from basketweave.graph.tables import MILLIS
from basketweave.whole import whole

HISTORY = pa.schema([("user", pa.int32()), ("item", pa.int32()), ("time", pa.int64())])


def write_history(shard: Shard, found: PartsFolder, kind: str) -> None:
    """Write the positions of a shard's events, and its users; what stands is left.

    As in a store, an event that is told twice counts once, and those of one time stand
    as they came.
    """
    if stands(shard.events_file) and shard.users_file.exists():
        return
    of_kind = pl.col("kind") == kind
    frame = pl.concat([shard.part(path, of_kind) for path in shard.parts])
    moment = ["user", "time", MILLIS]
    once = frame.sort(moment, maintain_order=True).unique(
        [*moment, "item"], keep="first", maintain_order=True
    )
    users = once["user"].unique().sort()
    with whole(shard.users_file) as path:
        pl.DataFrame({"user": users}).write_parquet(path)
    rows = placed(once, users, found, {kind: 1.0}).select("user", "at", "time")
    columns = [rows[name].to_numpy() for name in rows.columns]
    write_batches(shard.events_file, HISTORY, [table_of(columns, HISTORY)])


def read_history(shard: Shard) -> Events:
    """The events of a shard: by user, then time, then as they came."""
    columns = pa.Table.from_batches(batches(shard.events_file), HISTORY).columns
    user, item, time = (column_of(c).astype(np.int64) for c in columns)
    return Events(user, item, time, np.ones(len(user), np.float32))


def last_of(shard: Shard, as_of: int | None) -> int | None:
    """The second of a shard's last event up to `as_of`; None without any."""
    time = column_of(pa.Table.from_batches(batches(shard.events_file), HISTORY)["time"])
    counted = time if as_of is None else time[time <= as_of]
    return int(counted.max()) if len(counted) else None


def fingerprint(found: PartsFolder, kind: str, size: int) -> str:
    """Another text where the files, or what is written of them, are others."""
    files = [
        (path.name, path.stat().st_size, path.stat().st_mtime_ns)
        for path in [found.table("items"), *found.event_files]
    ]
    return hashlib.sha256(json.dumps([files, kind, size]).encode()).hexdigest()[:12]
