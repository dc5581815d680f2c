"""`derive` from Parquet parts on a Spark cluster: the same counting, other hands.

events -> with positions of items, by shard of users
       -> facts, added at the driver: the plan
       -> `count` for each shard, added by pair; no table is joined with itself
       -> lift, powers and the strongest, by blocks of items
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from basketweave.errors import DataError
from basketweave.graph.derive.add_pairs import scores, summed_pairs
from basketweave.graph.derive.count_pairs import NUMBER, NUMBERS, PAIRS, count
from basketweave.graph.derive.derive import DeriveConfig, DeriveSummary
from basketweave.graph.derive.facts import NEVER, Facts, Plan
from basketweave.graph.derive.rows import Sums, frame
from basketweave.graph.kinds import Kinds
from basketweave.graph.schema import CO_PURCHASED, EVENT_KINDS, FOLLOWED_BY
from basketweave.graph.sharded.counts import counts_of, plan_of
from basketweave.graph.sharded.derived_files import DerivedFiles
from basketweave.graph.sharded.folder import PartsFolder
from basketweave.graph.sharded.shard import POSITIONS, chunks, events_in, single
from basketweave.graph.sharded.spark_session import spark_session
from basketweave.graph.subgraph import Events, IntArray
from basketweave.graph.tables import MILLIS
from basketweave.moments import Moment, until
from basketweave.progress import SILENT, Progress
from basketweave.whole import whole

SHARDS = 64
PAIRS_HELD = 4_000_000
ONES = ("events", "baskets", "users", "cut", "last", "last_strongest")
BUYERS, GAPS, LACKING = len(ONES), len(ONES) + 1, len(ONES) + 2

Grouped = Callable[[tuple[Any, ...], pa.Table], pa.Table]


def derive_on_spark(
    folder: str,
    master: str,
    *,
    shards: int | None = None,
    as_of: Moment = None,
    config: DeriveConfig | None = None,
    kinds: Kinds | None = None,
    progress: Progress = SILENT,
) -> DerivedFiles:
    """Derive from the parts of a folder, as `derive_parts` does, on a Spark cluster.

    folder   a path on this machine that the workers read too, or any that Spark reads,
             such as `s3a://bucket/shop`; `FOLDER/derived` is written there
    master   `spark://host:7077`, or `local[2]`
    shards   into how many groups of whole users counting is cut

    Users are told apart by 64 bits of a hash of their ids. The workers need this package.
    Raises `UsageError` and `StoreError` as `spark_session` does, `DataError` where there
    are no events, or the folder cannot be read.
    """
    shards = shards or SHARDS
    with spark_session(master, shards) as spark:
        asked = _OnSpark(
            spark, folder, shards, config or DeriveConfig(), until(as_of), kinds
        )
        return asked.derive(progress)


@dataclass(frozen=True)
class _OnSpark:
    spark: Any
    folder: str
    shards: int
    config: DeriveConfig
    as_of: int | None
    kinds: Kinds | None

    @property
    def here(self) -> Path | None:
        """The folder, where it is on this machine."""
        return None if "://" in self.folder else Path(self.folder)

    @cached_property
    def found(self) -> PartsFolder | None:
        """What it says of itself, where it is on this machine."""
        return None if self.here is None else PartsFolder.open(self.here)

    def derive(self, progress: Progress) -> DerivedFiles:
        with progress.task("Reading parts", 1) as advance:
            facts = self._facts()
            advance(1)
        plan = plan_of(facts, self.config, self.counts)
        with progress.task("Counting pairs", 1) as advance:
            sums = self._sums(plan)
            numbers = _numbers(sums, plan.n_items)
            advance(1)
        edges = {}
        for kind in PAIRS:
            with progress.task(f"Adding {kind}", 1) as advance:
                edges[kind] = self._write(kind, sums, numbers, plan)
                advance(1)
        sums.unpersist()
        summary = DeriveSummary(
            edges[CO_PURCHASED], edges[FOLLOWED_BY], self.as_of, facts.cut
        )
        pairs = int(numbers[-len(PAIRS) :].sum())
        return self._finish(summary, facts.events, pairs, numbers)

    @cached_property
    def ids(self) -> pl.Series:
        """The ids of the items, in an order of ours."""
        table = self._read(f"{self.folder}/items.parquet").select("id").toArrow()
        return pl.Series("id", table["id"], dtype=pl.String).sort()

    @cached_property
    def rows(self) -> Any:
        """The rows of the events, not after `as_of`."""
        paths = [f"{self.folder}/events"]
        if self.found is not None:
            paths = [str(path) for path in self.found.event_files]
        rows = self._read(*paths)
        return rows if self.as_of is None else rows.where(rows.time <= self.as_of)

    @cached_property
    def counts(self) -> Mapping[str, float]:
        """What an event of each kind that there is counts; 1 where all are alike."""
        rows = self.rows.select("kind").distinct().collect()
        return counts_of(self.kinds, [row.kind for row in rows])

    @cached_property
    def events(self) -> Any:
        """Events as `POSITIONS`, with the shard of their user."""
        from pyspark.sql import functions as f

        items = pa.table(
            {"item": self.ids.to_arrow().cast(pa.string()), "at": _places(self.ids)}
        )
        said = [(k, w, EVENT_KINDS.index(k)) for k, w in self.counts.items() if w > 0]
        kinds = self.spark.createDataFrame(said, "name string, weight float, code byte")
        kinds = kinds.withColumnRenamed("name", "kind")
        user = f.xxhash64("user")
        finer = f.col(MILLIS) if MILLIS in self.rows.columns else f.lit(None)
        return (
            self.rows.join(f.broadcast(kinds), "kind")
            .join(self.spark.createDataFrame(items), "item", "left")
            .select(
                f.pmod(user, f.lit(self.shards)).cast("int").alias("shard"),
                user.alias("user"),
                "at",
                f.col("time").cast("long").alias("time"),
                f.coalesce(finer.cast("short"), f.lit(0).cast("short")).alias(MILLIS),
                "weight",
                f.col("code").alias("kind"),
            )
        )

    def _read(self, *paths: str) -> Any:
        from pyspark.errors import AnalysisException

        try:
            return self.spark.read.option("mergeSchema", "true").parquet(*paths)
        except AnalysisException as error:
            raise DataError(
                f"Spark cannot read {paths[0]}: {str(error).splitlines()[0]} Write the "
                "folder: basketweave load SOURCE --to FOLDER"
            ) from error

    def _facts(self) -> Facts:
        from pyspark.sql import functions as f

        n_items, config = len(self.ids), self.config
        most = max(self.counts.values(), default=1.0)

        def facts_of(_: tuple[Any, ...], table: pa.Table) -> pa.Table:
            return fact_rows(table, n_items, config, most)

        each = self.events.groupBy("shard").applyInArrow(
            facts_of, "what byte, i int, value long"
        )
        total = each.groupBy("what", "i").agg(f.sum("value"), f.max("value"))
        return facts_from(total.toArrow(), n_items, config)

    def _sums(self, plan: Plan) -> Any:
        """Sums of pairs and numbers: `what`, `i`, `j`, `value`."""
        from pyspark import StorageLevel
        from pyspark.sql import functions as f

        def counted(_: tuple[Any, ...], table: pa.Table) -> pa.Table:
            parts = chunks(_events(table), plan.config, PAIRS_HELD)
            return pa.concat_tables(count(part, plan) for part in parts)

        each = self.events.groupBy("shard").applyInArrow(
            counted, "what byte, i int, j int, value float"
        )
        sums = each.groupBy("what", "i", "j").agg(f.sum("value").alias("value"))
        return sums.persist(StorageLevel.DISK_ONLY)

    def _write(self, kind: str, sums: Any, numbers: Sums, plan: Plan) -> int:
        """Write the relationships of a kind; gives their number."""
        from pyspark.sql import functions as f

        width = max(-(-plan.n_items // self.shards), 1)
        shared = self.spark.sparkContext.broadcast((numbers, self.ids.to_list()))

        def strongest(key: tuple[Any, ...], table: pa.Table) -> pa.Table:
            numbers, ids = shared.value
            first = int(key[0].as_py()) * width
            end = min(first + width, plan.n_items)
            i, j, value = (table[name].to_numpy() for name in ("i", "j", "value"))
            order = np.lexsort((j, i))
            rows = (i[order], j[order], value[order])
            edges = summed_pairs(kind, rows, numbers, plan, first, end)
            found = frame(edges, pl.Series("id", ids, pl.String)).to_arrow()
            return found.cast(pa.schema(
                [(n, pa.string() if n in ("src", "dst") else found.schema.field(n).type)
                 for n in found.column_names]
            ))  # fmt: skip

        lift = "lift float, " if kind == CO_PURCHASED else ""
        schema = f"src string, dst string, support long, {lift}weight float"
        path = f"{self.folder}/derived/{kind}"
        (
            sums.where(sums.what == PAIRS[kind])
            .withColumn("block", f.floor(sums.i / width).cast("int"))
            .groupBy("block")
            .applyInArrow(strongest, schema)
            .write.mode("overwrite")
            .parquet(path)
        )
        return int(self.spark.read.parquet(path).count())

    def _finish(
        self, summary: DeriveSummary, events: int, pairs: int, numbers: Sums
    ) -> DerivedFiles:
        found = pl.DataFrame({"id": self.ids, **scores(numbers)})
        into = (self.here or Path()) / "derived"
        added = 0 if self.found is None else self.found.added
        result = DerivedFiles(into, summary, events, pairs, "spark", added=added)
        if self.here is None:
            table = self.spark.createDataFrame(found.to_arrow())
            path = f"{self.folder}/derived/items.parquet"
            table.write.mode("overwrite").parquet(path)
            return result
        with whole(into / "items.parquet") as beside:
            found.write_parquet(beside)
        result.tell()
        return result


def _places(ids: pl.Series) -> pa.Array:
    return pa.array(np.arange(len(ids), dtype=np.int32))


def _events(table: pa.Table) -> Events:
    """A shard's events, as it came from Spark; one that is told twice counts once."""
    number = pl.col("user").rank("dense").cast(pl.Int32) - 1
    told = pl.DataFrame(table).with_columns(user=number, new=False)
    rows = single(told.filter(pl.col("at").is_not_null()))
    return events_in(rows.select(POSITIONS.names).to_arrow())


def fact_rows(
    table: pa.Table, n_items: int, config: DeriveConfig, most: float
) -> pa.Table:
    """The facts of a shard as rows that are added: `what`, `i`, `value`."""
    facts = Facts.of(_events(table), n_items, config, most)
    bought = np.flatnonzero(facts.buyers)
    ones = [(what, 0, getattr(facts, name)) for what, name in enumerate(ONES)]
    rows: Iterable[tuple[int, int, int]] = (
        *ones,
        *((BUYERS, int(i), int(facts.buyers[i])) for i in bought),
        *((GAPS, gap, int(n)) for gap, n in enumerate(facts.gaps)),
        (LACKING, 0, table["at"].null_count),
    )
    what, i, value = zip(*rows, strict=True)
    schema = pa.schema([("what", pa.int8()), ("i", pa.int32()), ("value", pa.int64())])
    return pa.table([what, i, value], schema=schema)


def facts_from(table: pa.Table, n_items: int, config: DeriveConfig) -> Facts:
    """The facts of all shards, from their rows' sums and maxima.

    Raises `DataError` where there are no events, or items that the catalogue lacks.
    """
    what, i, total, largest = (column.to_numpy() for column in table.columns)
    if (total[what == LACKING] > 0).any():
        raise DataError(
            f"items.parquet lacks items that {int(total[what == LACKING].sum())} events "
            "name. Write the folder again."
        )

    def told(name: str, of: npt.NDArray[np.int64]) -> int:
        return int(of[what == ONES.index(name)].max(initial=NEVER))

    def counted(code: int, size: int) -> IntArray:
        values = np.zeros(size, np.int64)
        values[i[what == code]] = total[what == code]
        return values

    facts = Facts(
        told("events", total),
        told("baskets", total),
        told("users", total),
        told("cut", total),
        told("last", largest),
        told("last_strongest", largest),
        counted(BUYERS, n_items),
        counted(GAPS, config.followed_by.max_gap),
    )
    return facts.of_some()


def _numbers(sums: Any, n_items: int) -> Sums:
    table = sums.where(sums.what == NUMBER).select("i", "j", "value").toArrow()
    numbers = np.zeros((len(NUMBERS), n_items))
    i, j, value = (column.to_numpy() for column in table.columns)
    numbers[j, i] = value
    return numbers
