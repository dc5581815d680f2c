"""The files of a bulk load: what stands in them, from however many parts."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from basketweave.errors import DataError
from basketweave.graph.neo4j.bulk.files import BulkFiles, write_bulk
from basketweave.graph.neo4j.bulk.source import OUTDATED, BulkSource, DerivedTables
from basketweave.graph.schema import CO_PURCHASED
from basketweave.graph.sharded import PartsFolder, add_to_parts, write_parts
from basketweave.graph.sharded.derive import derive_parts
from basketweave.graph.sharded.folder import part_file
from basketweave.graph.sharded.settings import Sharding
from basketweave.graph.tables import Tables
from basketweave.loaders.generate import Generated, generate

Row = tuple[str, str, int, str, float | None]
EVENTS = ["user", "item", "time", "kind", "value"]
TYPES = [pl.String, pl.String, pl.Int64, pl.String, pl.Float64]
BUYS: list[Row] = [
    ("ann", "tea", 20, "PURCHASED", 2.0),
    ("ann", "tea", 10, "PURCHASED", None),
    ("ann", "tea", 10, "PURCHASED", 9.0),  # the same event again
    ("ann", "cup", 10, "PURCHASED", None),
    ("bob", "tea", 30, "VIEWED", None),
]


def tables(rows: Sequence[Row], items: Sequence[str] = ("tea",)) -> Tables:
    """Events of users of whom nothing is told, and a catalogue of these items."""
    events = pl.DataFrame(rows, dict(zip(EVENTS, TYPES, strict=True)), orient="row")
    catalogue = {"id": items, "title": [f"The {item}" for item in items]}
    return Tables(
        "shop",
        users=pl.DataFrame(schema={"id": pl.String}),
        items=pl.DataFrame(catalogue, schema={"id": pl.String, "title": pl.String}),
        events=events,
    )


def rows_of(files: Sequence[Path]) -> Iterator[dict[str, str]]:
    names = files[0].read_text().strip().split(",")
    for path in files[1:]:
        with path.open(newline="") as file:
            for row in csv.reader(file):
                yield dict(zip(names, row, strict=True))


def told(files: BulkFiles) -> Mapping[str, object]:
    """What the files say, whatever the rows in which nodes stand."""
    nodes = [(label, row) for label, f in files.nodes.items() for row in rows_of(f)]
    assert sorted(int(row[":ID"]) for _, row in nodes) == list(range(len(nodes)))
    whose = {row[":ID"]: (label, row["id:string"]) for label, row in nodes}
    return {
        "nodes": {
            (label, *(v for name, v in row.items() if name != ":ID"))
            for label, row in nodes
        },
        "relationships": sorted(
            (kind, whose[row.pop(":START_ID")], whose[row.pop(":END_ID")], *row.items())
            for kind, f in files.relationships.items()
            for row in rows_of(f)
        ),
        "summary": files.summary,
        "empty": files.empty,
    }


def test_a_relationship_names_rows_and_has_its_lists(tmp_path: Path) -> None:
    files = write_bulk(BulkSource.of_tables(tables(BUYS)), tmp_path)
    assert files.nodes["User"][1].read_text() == '0,"ann"\n1,"bob"\n'
    assert files.nodes["Item"][1].read_text() == '2,"tea","The tea"\n3,"cup",\n'
    bought = files.relationships["PURCHASED"]
    assert bought[0].read_text().startswith(":START_ID,:END_ID,count:long,firstAt:long")
    assert bought[1].read_text() == (
        "0,2,2,10,20,10\x1f20,NaN\x1f2.0,,\n0,3,1,10,10,10,,,2\n"
    )
    viewed = files.relationships["VIEWED"][1].read_text()
    assert viewed == "1,2,1,30,30,30,,,\n"
    dataset = next(rows_of(files.nodes["Dataset"]))
    assert (dataset[":ID"], dataset["firstAt:long"], dataset["lastAt:long"]) == (
        "4",
        "10",
        "30",
    )
    assert (files.summary.events, files.summary.notes) == (
        4,
        {"events of one user, item and time, kept once": 1},
    )


def test_no_events_are_no_files(tmp_path: Path) -> None:
    files = write_bulk(BulkSource.of_tables(tables([])), tmp_path)
    assert files.relationships == {}
    assert next(rows_of(files.nodes["Dataset"]))["firstAt:long"] == ""


events_ = st.lists(
    st.tuples(
        st.sampled_from(["ann", "bob", "cat", "dan"]),
        st.sampled_from(["tea", "cup", "9", "10"]),
        st.integers(0, 3),
        st.sampled_from(["PURCHASED", "VIEWED"]),
        st.sampled_from([None, 1.0, 2.5]),
    ),
    max_size=20,
)


@settings(max_examples=40)
@given(events_, events_, st.integers(1, 4), st.integers(1, 20))
def test_parts_say_what_all_events_say(
    rows: list[Row], more: list[Row], parts: int, piece: int
) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name) / "parts"
        finer = pl.lit(7, pl.Int64).alias("millis")
        later = tables(more, ("tea", "jug"))
        later = replace(later, events=later.events.with_columns(finer))
        write_parts(tables(rows), folder, parts)
        found = add_to_parts(later, folder)
        events = pl.concat([tables(rows).events, later.events], how="diagonal")
        whole = replace(tables([], ("tea", "jug")), events=events)
        in_parts = BulkSource.of_folder(found)
        one = write_bulk(in_parts, Path(name) / "one", piece=piece)
        other = write_bulk(BulkSource.of_tables(whole), Path(name) / "other")
        assert told(one) == told(other)


def test_what_was_derived_is_read_part_by_part(tmp_path: Path) -> None:
    edges = pl.DataFrame(
        {"src": ["tea", "tea"], "dst": ["cup", "gone"], "support": [3, 1]}
    ).with_columns(lift=pl.lit(1.5), weight=pl.lit(0.25))
    scores = pl.DataFrame({"id": ["cup"], "popularity": [4.0]})
    parts = [edges[:1].lazy(), edges[1:].lazy()]
    derived = DerivedTables({CO_PURCHASED: parts}, scores, as_of=40)
    files = write_bulk(BulkSource.of_tables(tables(BUYS), derived), tmp_path)
    found = files.relationships[CO_PURCHASED]
    assert [path.read_text() for path in found[1:]] == ["2,3,3,1.5,0.25\n"]
    assert files.nodes["Item"][1].read_text().endswith('3,"cup",,4.0\n')
    dataset = next(rows_of(files.nodes["Dataset"]))
    assert (dataset["derived:boolean"], dataset["derivedAsOf:long"]) == ("true", "40")


@pytest.fixture
def folder(tmp_path: Path) -> PartsFolder:
    return write_parts(tables(BUYS * 50), tmp_path / "parts", 2)


def test_what_was_derived_before_events_were_added_is_left_out(
    tmp_path: Path,
) -> None:
    generate(Generated(events=300), tmp_path)
    found = derive_parts(tmp_path, Sharding(processes=1)).summary
    assert BulkSource.of_folder(PartsFolder.open(tmp_path)).derived is not None
    later = add_to_parts(tables(BUYS, ["tea", "cup"]), tmp_path)
    outdated = BulkSource.of_folder(later)
    assert outdated.derived is None
    notes = write_bulk(outdated, tmp_path / "files").summary.notes
    assert notes[OUTDATED] == found.co_purchased + found.followed_by > 0
    derive_parts(tmp_path, Sharding(processes=1))
    assert BulkSource.of_folder(later).derived is not None


def test_a_part_that_was_cut_short_is_named(folder: PartsFolder) -> None:
    path = part_file(folder.folder, 1)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(DataError, match=r"part-00001.*write the folder again"):
        BulkSource.of_folder(folder)


def test_a_part_whose_middle_is_gone_is_named(
    folder: PartsFolder, tmp_path: Path
) -> None:
    path = part_file(folder.folder, 0)
    content = bytearray(path.read_bytes())
    content[4:200] = bytes(196)
    path.write_bytes(content)
    with pytest.raises(DataError, match="write the folder again"):
        write_bulk(BulkSource.of_folder(folder), tmp_path / "files")


def test_a_part_that_another_program_wrote_needs_its_columns(
    folder: PartsFolder, tmp_path: Path
) -> None:
    for number in (0, 1):
        path = part_file(folder.folder, number)
        pl.read_parquet(path).drop("value").write_parquet(path)
    with pytest.raises(DataError, match="needs a column 'value'"):
        write_bulk(BulkSource.of_folder(folder), tmp_path / "files")


def test_what_was_derived_and_cut_short_is_to_be_derived_again(tmp_path: Path) -> None:
    path = tmp_path / "edges.parquet"
    path.write_bytes(b"PAR1")
    derived = DerivedTables(
        {CO_PURCHASED: [pl.scan_parquet(path)]}, pl.DataFrame({"id": ["tea"]})
    )
    with pytest.raises(DataError, match="derive again"):
        write_bulk(BulkSource.of_tables(tables(BUYS), derived), tmp_path / "files")
