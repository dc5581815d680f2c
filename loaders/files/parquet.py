"""Parquet in batches; a row's "line" is its number from 1."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from basketweave.errors import DataError
from basketweave.loaders.files.batch import Batch, check_columns
from basketweave.loaders.files.odd_times import numbered, python_has

ROWS = 1_000_000


def read_parquet(path: Path, wanted: tuple[str, ...]) -> Iterator[Batch]:
    """Batches of the `wanted` columns in the types that the file has.

    `customer.id` is the column of that name, or the field `id` of a struct `customer`.
    Raises DataError for what is not Parquet, and for types that polars does not have.
    """
    try:
        with pq.ParquetFile(path) as file:
            schema = file.schema_arrow
            owners = {name: _owner(name, schema) for name in wanted}
            check_columns(path, wanted, [*owners_of(owners), *schema.names])
            columns = list(dict.fromkeys(o for o in owners.values() if o is not None))
            done = 0
            for part in file.iter_batches(ROWS, columns=columns):
                rows = pl.DataFrame(pl.from_arrow(_readable(part, path)))
                rows = rows.select(_field(n, o) for n, o in owners.items())
                yield Batch(rows, _numbers(done, len(rows)), _written(rows))
                done += len(rows)
    except (
        pa.ArrowException,
        OSError,
        NotImplementedError,
        pl.exceptions.PolarsError,
    ) as error:
        raise DataError(f"{path} cannot be read as Parquet: {error}") from error


def owners_of(owners: dict[str, str | None]) -> list[str]:
    """Names that lead into a column that is there, and so are present."""
    return [name for name, owner in owners.items() if owner not in (None, name)]


def _owner(name: str, schema: pa.Schema) -> str | None:
    """The column that holds `name`: itself, or the struct that has it as a field."""
    if name in schema.names:
        return name
    owner, *fields = name.split(".")
    if owner not in schema.names:
        return None
    inside = schema.field(owner).type
    for field in fields:
        if not pa.types.is_struct(inside) or inside.get_field_index(field) < 0:
            return None
        inside = inside.field(field).type
    return owner


def _field(name: str, owner: str | None) -> pl.Expr:
    if owner in (None, name):
        return pl.col(name)
    found = pl.col(str(owner))
    for field in name.removeprefix(f"{owner}.").split("."):
        found = found.struct.field(field)
    return found.alias(name)


def _readable(part: pa.RecordBatch, path: Path) -> pa.Table:
    """The batch as polars can have it; a column that it cannot is named."""
    table = pa.Table.from_batches([part])
    for n, column in enumerate(table.schema):
        kind = column.type
        if pa.types.is_decimal256(kind):
            table = table.set_column(n, column.name, table[n].cast(pa.string()))
        if pa.types.is_timestamp(kind) and kind.tz is not None:
            # The same moments; polars has no zones that are offsets, such as +05:30.
            utc = table[n].cast(pa.timestamp(kind.unit, "UTC"))
            table = table.set_column(n, column.name, utc)
    odd = [f"{f.name}: {f.type}" for f in table.schema if "decimal256" in str(f.type)]
    if odd:
        raise DataError(
            f"{path} has a column of a type that is not read here ({', '.join(odd)}). "
            "Write it as text or as a number."
        )
    return table


def _numbers(done: int, rows: int) -> pl.Series:
    return pl.int_range(done + 1, done + rows + 1, eager=True, dtype=pl.Int64)


def _written(rows: pl.DataFrame) -> Callable[[int], str]:
    """Parquet has no text of its own, so a row is shown as Python shows it; dates and
    times that Python does not have, and those within lists, as their numbers."""
    odd = [column.name for column in rows if not python_has(column)]
    texts = rows.cast({name: numbered(rows.schema[name]) for name in odd})
    return lambda row: str(texts.row(row, named=True))
