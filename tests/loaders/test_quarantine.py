"""Rows that cannot be used: set aside with their line, reason and text."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from basketweave.errors import DataError, UsageError
from basketweave.graph.tables import Tables
from basketweave.loaders import load_tables, write_quarantine

Load = Callable[..., Tables]
HEADER = "user,item,time\n"
NOW = 1_500_000_000
NEXT_YEAR = int(time.time()) + 365 * 86_400


def reasons(tables: Tables) -> list[tuple[int, str]]:
    return list(tables.quarantine.select("line", "reason").iter_rows())


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (f",a,{NOW}", "user is missing"),
        (f"  ,a,{NOW}", "user is missing"),
        (f"NaN,a,{NOW}", "user is missing"),
        (f"ann,,{NOW}", "item is missing"),
        ("ann,a,", "time is missing or cannot be read"),
        ("ann,a,soon", "time is missing or cannot be read"),
        ("ann,a,NaN", "time is missing or cannot be read"),
        ("ann,a,inf", "time is missing or cannot be read"),
        ("ann,a,-1", "time is before 1970"),
        ("ann,a,0", "time is 0, which stands for none"),
        pytest.param(
            f"ann,a,{NEXT_YEAR}",
            "time is in the future (is it in milliseconds?)",
            id="next year",  # the same in each process that runs tests
        ),
        ("ann,a", "2 fields, not the 3 of the header"),
        (f"ann,a,{NOW},2", "4 fields, not the 3 of the header"),
        (f"{'x' * 1_001},a,{NOW}", "id is longer than 1,000 characters"),
    ],
)
def test_a_row_that_cannot_be_used_is_set_aside(
    load_csv: Load, row: str, reason: str
) -> None:
    tables = load_csv(
        f"{HEADER}ann,a,{NOW}\n{row}\nbob,b,{NOW}\n", form="unix", max_bad=0.5
    )
    assert tables.events["user"].to_list() == ["ann", "bob"]
    assert tables.quarantine.rows() == [("events.csv", 3, reason, row)]
    assert tables.rows == {"events.csv": 3}


def test_times_up_to_a_day_ahead_are_another_time_zone(load_csv: Load) -> None:
    soon = int(time.time()) + 3_600
    text = f"{HEADER}ann,a,{soon}\nann,b,{NOW}\n"
    assert len(load_csv(text, form="unix").events) == 2


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("6", "value is not between 1 and 5"),
        ("0.5", "value is not between 1 and 5"),
        ("many", "value is not a number"),
        ("inf", "value is not finite"),
        ("", None),
        ("NaN", None),
        ("4.5", None),
    ],
)
def test_stars_have_a_declared_range(
    load_csv: Load, value: str, reason: str | None
) -> None:
    tables = load_csv(
        f"user,item,time,stars\nann,a,1,3\nann,b,2,{value}\n",
        "  value: stars\n  kind: RATED\n  stars: [1, 5]\n",
        max_bad=0.5,
    )
    assert reasons(tables) == ([] if reason is None else [(3, reason)])


def test_lines_are_counted_through_quoted_newlines_and_blank_lines(
    load_csv: Load,
) -> None:
    text = (
        'user,note,item,time\r\nann,"two\r\nlines, and ""more""",a,1\r\n\r\n'
        'bob,"x\ny\nz",b\r\ncat,,c,never\r\n"",,d,1\r\ndan,,e,5\r\n'
    )
    tables = load_csv(text, max_bad=1)
    assert reasons(tables) == [
        (5, "3 fields, not the 4 of the header"),
        (8, "time is missing or cannot be read"),
        (9, "user is missing"),
    ]
    assert tables.quarantine["row"][0] == 'bob,"x\ny\nz",b'
    assert tables.events["user"].to_list() == ["ann", "dan"]


def test_quotes_inside_plain_fields_do_not_shift_lines(load_csv: Load) -> None:
    text = f'{HEADER}12" disc,a,1\nann,b,never\n7" disc,c,2\nbob,d,3\n'
    tables = load_csv(text, max_bad=1)
    assert tables.events["user"].to_list() == ['12" disc', '7" disc', "bob"]
    assert tables.quarantine.rows() == [
        ("events.csv", 3, "time is missing or cannot be read", "ann,b,never")
    ]


def test_a_quote_that_is_never_closed_is_named(load_csv: Load) -> None:
    text = HEADER + "ann,a,1\n" + '"bob,b,2\n' + "cat,c,3\n" * 1_001
    with pytest.raises(DataError, match=r'quote on line 3 .* set quote: ""'):
        load_csv(text)
    assert len(load_csv(text, '  quote: ""\n').events) == 1_003


def test_too_many_bad_rows_stop_the_load_with_counts_and_examples(
    load_csv: Load,
) -> None:
    rows = ["ann,a,1"] * 90 + [",a,1"] * 7 + ["ann,a,never"] * 3
    with pytest.raises(DataError) as caught:
        load_csv(HEADER + "\n".join(rows))
    told = str(caught.value)
    assert "10 of the 100 rows of events.csv cannot be used" in told
    assert "7 x user is missing, first on line 92: ,a,1" in told
    assert "3 x time is missing or cannot be read, first on line 99" in told
    assert len(load_csv(HEADER + "\n".join(rows), max_bad=0.1).quarantine) == 10


def test_five_percent_of_bad_rows_are_let_through(load_csv: Load) -> None:
    tables = load_csv(HEADER + "ann,a,1\n" * 95 + "ann,a,never\n" * 5)
    assert (len(tables.events), len(tables.quarantine)) == (95, 5)


def test_milliseconds_taken_for_seconds_are_noticed(load_csv: Load) -> None:
    with pytest.raises(DataError, match=r"milliseconds.*format: unix_ms"):
        load_csv(f"{HEADER}ann,a,1500000000123\n", form="unix")


def test_broken_json_is_set_aside(tmp_path: Path) -> None:
    lines = [
        '{"u": "ann", "i": "a", "t": 1}',
        '{"u": "ann", "i": ',
        "[1, 2]",
        "",
        '{"u": null, "i": "b", "t": 1}',
        '{"i": "b", "t": 1}',
        '{"u": "\\ud800", "i": "b", "t": 1}',
        '{"u": 7, "i": "a", "t": NaN}',
    ]
    (tmp_path / "e.jsonl").write_text("\n".join(lines), encoding="utf-8")
    mapping = tmp_path / "m.yaml"
    mapping.write_text(
        "events: {file: e.jsonl, user: u, item: i, time: {column: t, format: position}}"
    )
    tables = load_tables(str(mapping), max_bad=1)
    assert reasons(tables) == [
        (2, "not a JSON object"),
        (3, "not a JSON object"),
        (5, "user is missing"),
        (6, "user is missing"),
        (7, "not a JSON object"),
        (8, "time is missing or cannot be read"),
    ]
    assert tables.quarantine["row"].to_list()[:2] == lines[1:3]
    assert tables.events["user"].to_list() == ["ann"]


def test_items_without_an_id_are_set_aside(load_csv: Load, tmp_path: Path) -> None:
    (tmp_path / "items.csv").write_text("id,name\na,Apple\n,Nobody\na,Again\n")
    tables = load_csv(
        f"{HEADER}ann,a,1\n",
        "items: {file: items.csv, id: id, title: name}\n",
        max_bad=0.5,
    )
    assert tables.quarantine.rows() == [
        ("items.csv", 3, "id is missing", ",Nobody"),
    ]
    assert tables.items.rows() == [("a", "Apple")]
    assert tables.notes == {"items named again, the first kept": 1}


def test_the_quarantine_can_be_written_and_read_again(
    load_csv: Load, tmp_path: Path
) -> None:
    tables = load_csv(f'{HEADER}ann,a,1\n"new\nline",b,never\n', max_bad=1)
    write_quarantine(tables, tmp_path / "q.csv")
    assert pl.read_csv(tmp_path / "q.csv").rows() == tables.quarantine.rows()
    write_quarantine(tables, tmp_path / "q.jsonl")
    line = json.loads((tmp_path / "q.jsonl").read_text(encoding="utf-8"))
    assert line["row"] == '"new\nline",b,never'
    with pytest.raises(UsageError, match=r"ends in \.csv or \.jsonl"):
        write_quarantine(tables, tmp_path / "q.xlsx")
