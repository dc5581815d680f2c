"""Vectors of everyone as Parquet parts, written by whoever encodes some of the people.

FOLDER/vectors.json             what they are; written last, so without it they are not whole
FOLDER/items.parquet            id, vector
FOLDER/users/part-00000.parquet id, vector: some of the people each
FOLDER/model.pt                 the encoder, which reads histories to come
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import TypeAdapter

from basketweave.errors import DataError
from basketweave.graph.derive.columns import column_of, table_of
from basketweave.graph.subgraph import FloatArray
from basketweave.graph.vectors import ModelCard, Vectors
from basketweave.whole import whole

_CARD = TypeAdapter(ModelCard)
MARK = b"basketweave"
NUMBERS = pa.schema([("x", pa.float32())])


@dataclass(frozen=True)
class VectorParts:
    """A folder of vectors, all of which are of one training.

    mark   a text by which its files are told from those of another training
    """

    folder: Path
    card: ModelCard
    parts: int
    mark: str

    @classmethod
    def begin(
        cls, folder: Path, items: Vectors, parts: int, events: str
    ) -> VectorParts:
        """Vectors to be written: of so many parts, of the people in these events.

        items   with the card and the vectors of the items, which are written at once
        """
        said = json.dumps([asdict(items.card), parts, events], default=str)
        rows = np.ascontiguousarray(items.item_vectors)
        mark = hashlib.sha256(said.encode() + rows.tobytes()).hexdigest()[:16]
        return cls(folder, items.card, parts, mark)

    @classmethod
    def open(cls, folder: Path) -> VectorParts:
        """What was written to the end; raises `DataError` where it was not."""
        try:
            said = json.loads((folder / "vectors.json").read_text(encoding="utf-8"))
            card = _CARD.validate_python(said["card"])
            return cls(folder, card, int(said["parts"]), str(said["mark"]))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise DataError(
                f"{folder} holds no whole vectors (vectors.json: {error}). Make them: "
                "basketweave train sasrec --from PARTS --to FOLDER"
            ) from error

    def part(self, number: int) -> Path:
        """The file of some of the people."""
        return self.folder / "users" / f"part-{number:05d}.parquet"

    def stands(self, number: int) -> bool:
        """Whether a part is there, whole, and of this training."""
        try:
            self.rows(self.part(number))
        except DataError:
            return False
        return True

    def write(self, path: Path, ids: pl.Series, rows: FloatArray) -> None:
        """Write the vectors (n, d) of these ids, wholly or not at all."""
        flat = table_of([rows.ravel()], NUMBERS)["x"].combine_chunks()
        vectors = pa.FixedSizeListArray.from_arrays(flat, rows.shape[1])
        named = ids.to_arrow().cast(pa.large_string())
        table = pa.table({"id": named, "vector": vectors}, metadata={MARK: self.mark})
        with whole(path) as beside:
            pq.write_table(table, beside)

    def rows(self, path: Path) -> tuple[pl.Series, FloatArray]:
        """What a file holds; raises `DataError` where it is not whole, or of another
        training."""
        with _whole_file(path):
            table = pq.read_table(path)
            mark = (table.schema.metadata or {}).get(MARK, b"").decode()
            column = table["vector"]
            width = column.type.list_size
            rows = column_of(column.combine_chunks().flatten()).reshape(-1, width)
        if mark != self.mark:
            raise DataError(
                f"{path} is of another training than {self.folder}. Train again."
            )
        return pl.Series("id", table["id"], dtype=pl.String), rows

    def people(self) -> Iterator[tuple[pl.Series, FloatArray]]:
        """The ids and vectors of all people, part by part."""
        return (self.rows(self.part(number)) for number in range(self.parts))

    def finish(self, vectors: Vectors) -> None:
        """Write the items and `vectors.json`, with which the folder is whole."""
        told = vectors.published()
        self.write(self.folder / "items.parquet", told.items, told.item_vectors)
        for old in (self.folder / "users").glob("part-*.parquet"):
            if int(old.stem.removeprefix("part-")) >= self.parts:
                old.unlink()
        said = {"parts": self.parts, "mark": self.mark, "card": asdict(self.card)}
        with whole(self.folder / "vectors.json") as path:
            path.write_text(json.dumps(said, indent=1, default=str), encoding="utf-8")

    def all(self) -> Vectors:
        """All vectors, in memory."""
        items, item_rows = self.rows(self.folder / "items.parquet")
        n = sum(self._people_in(self.part(number)) for number in range(self.parts))
        users: list[pl.Series] = []
        rows = np.empty((n, item_rows.shape[1]), np.float32)
        for ids, some in self.people():
            before = sum(map(len, users))
            rows[before : before + len(some)] = some
            users.append(ids)
        return Vectors(self.card, pl.concat(users), items, rows, item_rows)

    def _people_in(self, path: Path) -> int:
        with _whole_file(path):
            return int(pq.read_metadata(path).num_rows)


@contextmanager
def _whole_file(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, pa.ArrowException, KeyError, AttributeError) as error:
        raise DataError(
            f"{path} cannot be read: {error}. Do the same again: what is whole stands."
        ) from error
