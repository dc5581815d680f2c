"""What holds for any data: nothing is lost, nothing differs, a core is a core."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from basketweave.graph.tables import Tables
from basketweave.loaders import load_tables
from basketweave.loaders.assemble import EVENT_KEY, duplicates
from basketweave.loaders.k_core import k_core

PAIRS = st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=60)
# Names with whatever makes CSV hard, but no lone surrogates: they are no text.
TEXT = st.text(
    st.one_of(st.sampled_from('",\n\r; \t'), st.characters(exclude_categories=["Cs"])),
    max_size=6,
)
TIMES = st.one_of(st.integers(0, 10**9).map(str), TEXT)
ROWS = st.lists(st.lists(st.one_of(TEXT, TIMES), min_size=1, max_size=4), max_size=12)


def events_of(pairs: list[tuple[int, int]]) -> pl.DataFrame:
    frame = pl.DataFrame(pairs, schema=["user", "item"], orient="row")
    return frame.cast(pl.String).with_row_index("n")


@given(PAIRS, st.integers(1, 5))
@settings(deadline=None)
def test_everyone_in_a_k_core_has_k_events(
    pairs: list[tuple[int, int]], k: int
) -> None:
    core = k_core(events_of(pairs), k)
    for side in ("user", "item"):
        assert (core[side].value_counts()["count"] >= k).all()


@given(PAIRS, st.integers(1, 5), st.randoms())
@settings(deadline=None)
def test_no_larger_part_is_a_k_core(
    pairs: list[tuple[int, int]], k: int, random: object
) -> None:
    """Peeling one node at a time, in another order, ends at the same events."""
    left = list(enumerate(pairs))
    while True:
        few = [
            (side, node)
            for side in (0, 1)
            for node in {pair[side] for _, pair in left}
            if sum(pair[side] == node for _, pair in left) < k
        ]
        if not few:
            break
        side, node = few[-1]
        left = [(n, pair) for n, pair in left if pair[side] != node]
    assert k_core(events_of(pairs), k)["n"].to_list() == [n for n, _ in left]


@given(PAIRS)
@settings(deadline=None)
def test_duplicates_are_the_rows_that_unique_drops(
    pairs: list[tuple[int, int]],
) -> None:
    events = events_of(pairs).with_columns(kind=pl.lit("VIEWED"), time=pl.lit(1))
    again = set(duplicates(events).to_list())
    kept = events.unique(EVENT_KEY, keep="first")["n"].to_list()
    assert again == set(events["n"].to_list()) - set(kept)


def load(content: str) -> Tables:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "e.csv").write_text(content, encoding="utf-8", newline="")
        mapping = Path(folder, "m.yaml")
        mapping.write_text(
            "events: {file: e.csv, user: u, item: i, time: {column: t, format: position}}"
        )
        return load_tables(str(mapping), max_bad=1)


@given(ROWS)
@settings(deadline=None, max_examples=200)
def test_every_row_is_an_event_or_in_quarantine(rows: list[list[str]]) -> None:
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerows([["u", "i", "t"], *rows, ["last", "one", "1"]])
    tables = load(written.getvalue())
    # What csv writes for a row of one empty field is a blank line's worth of row.
    assert len(tables.events) + len(tables.quarantine) == len(rows) + 1
    assert tables.rows == {"e.csv": len(rows) + 1}
    assert tables.quarantine["reason"].null_count() == 0
    lines = written.getvalue().replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for line, row in tables.quarantine.select("line", "row").iter_rows():
        assert lines[line - 1] == row.split("\n")[0]


@given(st.text(st.sampled_from('ab1",\n\r '), max_size=60))
@settings(deadline=None, max_examples=200)
def test_no_text_breaks_the_reader(content: str) -> None:
    """Odd quotes may join rows, but every row is accounted for, and only once."""
    tables = load(f"u,i,t\nfirst,one,1\n{content}\nlast,one,1\n")
    told = len(tables.events) + len(tables.quarantine)
    assert tables.rows == {"e.csv": told}
    assert tables.quarantine["line"].is_sorted()
    assert tables.events["user"][0] == "first"


@given(ROWS)
@settings(deadline=None, max_examples=30)
def test_loading_twice_gives_the_same(rows: list[list[str]]) -> None:
    written = io.StringIO()
    csv.writer(written).writerows([["u", "i", "t"], ["a", "b", "1"], *rows])
    one, two = load(written.getvalue()), load(written.getvalue())
    for name in ("users", "items", "events", "quarantine"):
        assert getattr(one, name).equals(getattr(two, name))
    assert one.notes == two.notes
