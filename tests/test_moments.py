"""Moments: the same words mean the same everywhere, and what is unclear is refused."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from basketweave import connect
from basketweave.cli.app import app
from basketweave.errors import UsageError
from basketweave.graph.derive import derive
from basketweave.loaders import load_tables
from basketweave.moments import Moment, since, until

MIDNIGHT = 1_709_337_600  # 2024-03-02T00:00:00Z
TEN = MIDNIGHT + 36_000

EVENTS = """\
user,item,when
ann,1,2024-03-01T23:59:59
ann,2,2024-03-02
ann,3,2024-03-02T23:59:59.999
ann,4,2024-03-03
"""


@pytest.mark.parametrize(
    "day",
    ["2024-03-02", "20240302", " 2024-03-02 ", date(2024, 3, 2),
     np.datetime64("2024-03-02")],
)  # fmt: skip
def test_a_date_is_the_whole_day_at_both_ends(day: Moment) -> None:
    assert (since(day), until(day)) == (MIDNIGHT, MIDNIGHT + 86_399)


@pytest.mark.parametrize(
    "moment",
    [
        TEN,
        str(TEN),
        float(TEN) + 0.9,
        np.int64(TEN),
        "2024-03-02T10:00",
        "2024-03-02 10:00",
        "2024-03-02 10:00:00.999",
        "20240302T10:00:00Z",
        "2024-03-02t10:00z",
        "2024-03-02 11:00 +01:00",
        "2024-03-02T04:30-0530",
        "2024-03-02 05:00 EST",
        "2024-03-02 10:00 UTC",
        "2024-03-02 11:00 Europe/Berlin",
        datetime(2024, 3, 2, 10),
        datetime(2024, 3, 2, 12, tzinfo=timezone(timedelta(hours=2))),
        pd.Timestamp("2024-03-02 10:00", tz="UTC"),
        np.datetime64("2024-03-02T10:00:00.5"),
    ],
)
def test_a_time_is_one_second_however_it_is_written(moment: Moment) -> None:
    assert (since(moment), until(moment)) == (TEN, TEN)


@pytest.mark.parametrize(
    ("moment", "told"),
    [
        ("soon", "such as 2017-11-30"),
        ("", "such as 2017-11-30"),
        ("²", "not a time"),
        ("2024-02-30", "day is out of range"),
        ("20241302", "month must be"),
        ("2024-03-02 25:00", "hour must be"),
        ("2024-W09", "not a time"),
        ("2024-03-02 10:00 IST", "'IST' is not a time zone"),
        ("2024-03-02 10:00 Mars/Olympus", "'Mars/Olympus' is not a time zone"),
        ("1709373600000", "Is it in milliseconds?"),
        (1_709_373_600_000, "Is it in milliseconds?"),
        (20240302, "'2024-03-02'"),
        (float("nan"), "not a time"),
        (pd.NaT, "not a time"),
        (np.datetime64("NaT"), "not a time"),
        (True, "not a time"),
        ([1], "not a time"),
    ],
)
def test_what_is_unclear_is_refused_with_what_to_write(
    moment: Moment, told: str
) -> None:
    for read in (since, until):
        with pytest.raises(UsageError, match=told.replace("?", r"\?")):
            read(moment)


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_datetime_and_its_text_are_the_same(moment: datetime) -> None:
    written = moment.isoformat(" ") if moment.year > 999 else moment.isoformat()
    assert since(moment) == until(written) == until(moment)


@given(st.one_of(st.text(max_size=30), st.floats(), st.integers(), st.dates()))
def test_nothing_ends_in_another_error(moment: Moment) -> None:
    for read in (since, until):
        with suppress(UsageError):
            assert isinstance(read(moment), int)


@pytest.mark.parametrize(
    ("window", "items"),
    [
        ({"since": "2024-03-02"}, "234"),
        ({"until": "2024-03-02"}, "123"),
        ({"since": "2024-03-02", "until": "2024-03-02"}, "23"),
        ({"until": "2024-03-02 10:00"}, "12"),
        ({"until": "2024-03-02T10:00"}, "12"),
        ({"since": "20240302", "until": "20240302"}, "23"),
        ({"since": "2024-03-03 01:00 +01:00"}, "4"),
    ],
)
def test_load_means_the_same_on_the_command_line_and_in_python(
    tmp_path: Path, window: dict[str, str], items: str
) -> None:
    (tmp_path / "e.csv").write_text(EVENTS, encoding="utf-8")
    mapping = tmp_path / "m.yaml"
    mapping.write_text(
        "events: {file: e.csv, user: user, item: item, "
        "time: {column: when, format: iso}}"
    )
    tables = load_tables(str(mapping), **window)  # type: ignore[arg-type]
    assert "".join(tables.events["item"]) == items
    store, options = tmp_path / "s.lbug", []
    for name, moment in window.items():
        options += [f"--{name}", moment]
    done = CliRunner().invoke(app, ["load", str(mapping), "-s", str(store), *options])
    assert done.exit_code == 0
    with connect(str(store), read_only=True) as graph:
        [(held,)] = graph.run(
            "MATCH (:User)-[e:PURCHASED]->(i:Item) RETURN count(e) AS n"
        ).rows()
    assert held == len(items)


@pytest.mark.parametrize("as_of", ["2024-03-02", "20240302", date(2024, 3, 2)])
def test_derive_reads_a_date_as_load_does(tmp_path: Path, as_of: Moment) -> None:
    (tmp_path / "e.csv").write_text(EVENTS, encoding="utf-8")
    mapping = tmp_path / "m.yaml"
    mapping.write_text(
        "events: {file: e.csv, user: user, item: item, "
        "time: {column: when, format: iso}}"
    )
    with connect(str(tmp_path / "s.lbug")) as store:
        store.load(load_tables(str(mapping)))
        assert derive(store, as_of=as_of).as_of == MIDNIGHT + 86_399
