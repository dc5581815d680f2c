"""Times of events: in every unit, in a zone, to the millisecond, and never in 1970."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from basketweave.errors import DataError, UsageError
from basketweave.graph.tables import Tables
from basketweave.loaders import load_tables
from basketweave.loaders.times import unix_millis

MOMENT = datetime(2006, 8, 14, 16, 31, 5, tzinfo=UTC)
SECOND = int(MOMENT.timestamp())
MIDNIGHT = SECOND - 16 * 3_600 - 31 * 60 - 5


def load(folder: Path, times: list[str], how: str, **options: float) -> Tables:
    rows = [f'u{n},i,"{written}"\n' for n, written in enumerate(times)]
    (folder / "e.csv").write_text("u,i,t\n" + "".join(rows), encoding="utf-8")
    mapping = folder / "m.yaml"
    mapping.write_text(f"events: {{file: e.csv, user: u, item: i, time: {how}}}")
    return load_tables(str(mapping), **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("written", "form", "second", "millis"),
    [
        (f"{SECOND}.25", "unix", SECOND, 250),
        (f"{SECOND}.999", "unix", SECOND, 999),
        (f"{SECOND}250", "unix_ms", SECOND, 250),
        (f"{SECOND}250999", "unix_us", SECOND, 250),
        (f"{SECOND}250999999", "unix_ns", SECOND, 250),
        ("13374", "unix_days", MIDNIGHT, 0),
        ("38943", "excel", MIDNIGHT, 0),
        ("38943.5", "excel", MIDNIGHT + 43_200, 0),
        ("200633", "week", MIDNIGHT, 0),
        ("2006-W33-1", "week", MIDNIGHT, 0),
        ("2006-08-14T16:31:05.25", "iso", SECOND, 250),
        ("2006-08-14 16:31:05,250", "iso", SECOND, 250),
        ("20060814T163105", "iso", SECOND, 0),
        ("20060814", "iso", MIDNIGHT, 0),
        ("20060814", '"%Y%m%d"', MIDNIGHT, 0),
        ("2006081416", '"%Y%m%d%H"', MIDNIGHT + 16 * 3_600, 0),
        ("2006-08-14 12:31:05 -04:00", "iso", SECOND, 0),
        ("2006-08-14 12:31:05 EDT", "iso", SECOND, 0),
        ("2006-08-14T18:31:05.25 Europe/Berlin", "iso", SECOND, 250),
        ("2006-08-14T18:31 CEST", "iso", SECOND - 5, 0),
        ("Mon Aug 14 09:31:05 PDT 2006", '"%a %b %d %H:%M:%S %Z %Y"', SECOND, 0),
        ("Mon Aug 14 16:31:05 GMT 2006", '"%a %b %d %H:%M:%S %Z %Y"', SECOND, 0),
        ("14.08.2006 18:31:05 +0200", '"%d.%m.%Y %H:%M:%S %z"', SECOND, 0),
    ],
)
def test_a_time_is_read_in_its_unit_and_zone(
    tmp_path: Path, written: str, form: str, second: int, millis: int
) -> None:
    events = load(tmp_path, [written], f"{{column: t, format: {form}}}").events
    found = events.with_columns(pl.lit(0).alias("none")).select(
        "time", "millis" if "millis" in events.columns else "none"
    )
    assert found.rows() == [(second, millis)]


@pytest.mark.parametrize(
    "written", ["2006-08-14 16:31 IST", "2006-08-14 16:31 XYZ", "2006-08-14 16:31 +99"]
)
def test_a_zone_that_is_not_known_is_never_dropped(
    tmp_path: Path, written: str
) -> None:
    with pytest.raises(DataError, match="cannot be read"):
        load(tmp_path, [written], "{column: t, format: iso}")
    with pytest.raises(DataError, match="cannot be read"):
        load(tmp_path, [written], '{column: t, format: "%Y-%m-%d %H:%M %Z"}')


def test_times_without_a_zone_are_in_the_one_that_the_mapping_names(
    tmp_path: Path,
) -> None:
    written = ["2006-08-14 18:31:05", "2006-08-14 16:31:05Z"]
    how = "{column: t, format: iso, timezone: Europe/Berlin}"
    assert load(tmp_path, written, how).events["time"].to_list() == [SECOND] * 2
    east = '{column: t, format: "%Y-%m-%d %H:%M:%S", timezone: "+02:00"}'
    assert load(tmp_path, written[:1], east).events["time"].to_list() == [SECOND]


def test_an_hour_that_comes_twice_is_counted_and_one_that_never_came_set_aside(
    tmp_path: Path,
) -> None:
    written = ["2024-10-27 02:30", "2024-03-31 02:30", "2024-06-01 12:00"]
    how = "{column: t, format: iso, timezone: Europe/Berlin}"
    tables = load(tmp_path, written, how, max_bad=0.5)
    first = datetime(2024, 10, 27, 0, 30, tzinfo=UTC)
    assert tables.events["time"][0] == int(first.timestamp())
    assert tables.notes["times that a clock set back shows twice, the first of the two taken"] == 1  # fmt: skip
    assert tables.quarantine["line"].to_list() == [3]


@pytest.mark.parametrize(
    ("times", "form", "instead"),
    [
        (["1700000000", "1705000000"], "unix_ms", "format: unix}"),
        (["1700000000123", "1705000000456"], "unix", "format: unix_ms}"),
        (["1700000000123456", "1705000000456789"], "unix_ms", "format: unix_us}"),
        (["1700000000123456", "1705000000456789"], "unix", "format: unix_us}"),
        (["1700000000123456789"], "unix", "format: unix_ns}"),
        (["20060814", "20080301"], "unix", '"%Y%m%d"'),
        (["20060814", "20080301"], "unix_ms", '"%Y%m%d"'),
        (["20060814.0", "20080301.0"], "unix", '"%Y%m%d"'),
        (["2006081416", "2008030109"], "unix", '"%Y%m%d%H"'),
        (["200608141631", "200803010930"], "unix", '"%Y%m%d%H%M"'),
        (["200608141631", "200803010930"], "unix_ms", '"%Y%m%d%H%M"'),
        (["20060814163105"], "unix", '"%Y%m%d%H%M%S"'),
        (["20060814163105"], "unix_us", '"%Y%m%d%H%M%S"'),
        (["39814.35", "40179.5"], "unix", "format: excel}"),
        (["39814", "40179"], "unix_ms", "format: excel}"),
        (["13374", "13400"], "unix", "format: unix_days}"),
        (["200607", "200820"], "unix", "format: week}"),
        (["200607", "200812"], "unix", '"%Y%m"'),
        (["2006", "2008"], "unix", '"%Y"'),
        (["2006-08-14", "2008-03-01"], "unix", "format: iso}"),
        (["8/14/2006", "3/1/2008"], "unix", '"%m/%d/%Y"'),
        (["1700000000"], "iso", "format: unix}"),
        (["1700000000"], "excel", "format: unix}"),
        (["1", "2", "3", "70"], "unix", "format: position}"),
        (["28333333", "28343333"], "unix", "format: position}"),
    ],
)
def test_times_in_another_unit_are_refused_with_what_to_write(
    tmp_path: Path, times: list[str], form: str, instead: str
) -> None:
    with pytest.raises(DataError) as caught:
        load(tmp_path, times, f"{{column: t, format: {form}}}", max_bad=1)
    assert instead in str(caught.value)
    assert "position" in str(caught.value)
    assert times[0] in str(caught.value)


def test_what_the_message_says_to_write_is_right(tmp_path: Path) -> None:
    how = '{column: t, format: "%Y%m%d"}'
    assert load(tmp_path, ["20060814"], how).events["time"].to_list() == [MIDNIGHT]


def test_positions_are_small_numbers_that_the_mapping_calls_so(tmp_path: Path) -> None:
    tables = load(tmp_path, ["3", "1", "20060814"], "{column: t, format: position}")
    assert tables.events["time"].to_list() == [3, 1, 20060814]


def test_one_file_of_several_in_another_unit_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("u,i,t\n" + "ann,x,1700000000\n" * 9)
    (tmp_path / "b.csv").write_text("u,i,t\nann,x,1700000000000\n")
    (tmp_path / "m.yaml").write_text(
        "events: {files: ['?.csv'], user: u, item: i, time: t}"
    )
    with pytest.raises(DataError, match=r"b\.csv .*unix_ms"):
        load_tables(str(tmp_path / "m.yaml"))


def test_a_few_zeros_are_times_that_are_missing(tmp_path: Path) -> None:
    times = [str(SECOND)] * 9 + ["0"]
    tables = load(tmp_path, times, "t", max_bad=0.1)
    assert tables.quarantine["reason"].to_list() == ["time is 0, which stands for none"]


@pytest.mark.parametrize(
    ("date_column", "clock_column", "form"),
    [
        (["20060814"], ["931"], '"%Y%m%d %H%M"'),
        (["2006-08-14"], ["09:31"], "iso"),
        (["2006-08-14"], ["931"], "iso"),
        ([date(2006, 8, 14)], [time(9, 31)], "iso"),
        ([datetime(2006, 8, 14)], [time(9, 31)], "iso"),
        ([20060814], [931], '"%Y%m%d %H%M"'),
    ],
)
def test_a_date_and_a_time_may_stand_in_two_columns(
    tmp_path: Path, date_column: list[object], clock_column: list[object], form: str
) -> None:
    frame = pl.DataFrame({"u": [1], "i": [2], "d": date_column, "c": clock_column})
    frame.write_parquet(tmp_path / "e.parquet")
    (tmp_path / "m.yaml").write_text(
        "events: {file: e.parquet, user: u, item: i, "
        f"time: {{column: [d, c], format: {form}}}}}"
    )
    events = load_tables(str(tmp_path / "m.yaml")).events
    assert events["time"].to_list() == [MIDNIGHT + 9 * 3_600 + 31 * 60]


@pytest.mark.parametrize(
    ("values", "dtype", "millis"),
    [
        ([MOMENT], pl.Datetime("ns", "UTC"), SECOND * 1000),
        ([MOMENT], pl.Datetime("us", "America/New_York"), SECOND * 1000),
        ([MOMENT.replace(tzinfo=None)], pl.Datetime("ms"), SECOND * 1000),
        ([MOMENT.date()], pl.Date, MIDNIGHT * 1000),
        ([float(SECOND) + 0.5], pl.Float64, SECOND * 1000 + 500),
        ([SECOND], pl.UInt32, SECOND * 1000),
        ([None], pl.Null, None),
    ],
)
def test_typed_columns_need_no_format(
    values: list[object], dtype: pl.DataType, millis: int | None
) -> None:
    column = pl.Series("t", values).cast(dtype)
    assert unix_millis(column, "unix").to_list() == [millis]


@pytest.mark.parametrize(
    "value", [time(1, 2), timedelta(1), True, [1], {"a": 1}, b"\xff"]
)
def test_a_column_that_holds_no_times_is_named(value: object) -> None:
    with pytest.raises(DataError, match="'t' holds"):
        unix_millis(pl.Series("t", [value]), "unix")


def test_parquet_times_of_an_offset_are_in_it(tmp_path: Path) -> None:
    moment = pa.array([MOMENT], pa.timestamp("us", "+05:30"))
    pq.write_table(
        pa.table({"u": ["a"], "i": ["b"], "t": moment}), tmp_path / "e.parquet"
    )
    (tmp_path / "m.yaml").write_text(
        "events: {file: e.parquet, user: u, item: i, time: t}"
    )
    assert load_tables(str(tmp_path / "m.yaml")).events["time"].to_list() == [SECOND]


def test_typed_times_that_were_made_from_another_unit_are_refused(
    tmp_path: Path,
) -> None:
    """pandas makes 1970 of whole seconds that are not said to be seconds."""
    made = pl.Series("t", [SECOND, SECOND + 9]).cast(pl.Datetime("ns"))
    pl.DataFrame({"u": [1, 2], "i": [1, 2], "t": made}).write_parquet(tmp_path / "e.parquet")  # fmt: skip
    (tmp_path / "m.yaml").write_text(
        "events: {file: e.parquet, user: u, item: i, time: t}"
    )
    with pytest.raises(DataError, match="1970"):
        load_tables(str(tmp_path / "m.yaml"))


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ("{column: t, format: unixms}", "Did you mean 'unix_ms'?"),
        ('{column: t, format: "%H:%M"}', "reads no year"),
        ('{column: t, format: "%Q"}', "no such pattern"),
        ("{column: t, timezone: IST}", "'IST' is not a time zone"),
        ("{column: [a, b, c]}", "at most 2"),
    ],
)
def test_a_format_or_zone_that_does_not_exist_is_told(
    tmp_path: Path, how: str, told: str
) -> None:
    with pytest.raises(UsageError) as caught:
        load(tmp_path, ["1"], how)
    assert told in str(caught.value)


def test_clicks_within_a_second_keep_their_order_and_are_no_duplicates(
    tmp_path: Path,
) -> None:
    clicks = {"a": 400, "b": 700, "c": 250, "d": 550, "e": 100}
    rows = "".join(f"v,{i},{SECOND}{ms:03}\n" for i, ms in clicks.items())
    twice = f"v,z,{SECOND}999\nv,z,{SECOND}150\n"
    (tmp_path / "e.csv").write_text("u,i,t\n" + rows + twice)
    (tmp_path / "m.yaml").write_text(
        "events: {file: e.csv, user: u, item: i, time: {column: t, format: unix_ms}}"
    )
    tables = load_tables(str(tmp_path / "m.yaml"))
    assert "".join(tables.events["item"]) == "ezcadbz"
    assert "exact duplicates among the events" not in tables.notes


def test_recbole_times_keep_their_milliseconds(tmp_path: Path) -> None:
    rows = f"v\ta\t{SECOND}.400\nv\tb\t{SECOND}.100\n"
    (tmp_path / "x.inter").write_text(
        "user_id:token\titem_id:token\ttimestamp:float\n" + rows
    )
    events = load_tables(f"recbole:{tmp_path}").events
    assert events.select("item", "millis").rows() == [("b", 100), ("a", 400)]


def test_recbole_times_that_are_only_an_order_stay_positions(tmp_path: Path) -> None:
    (tmp_path / "x.inter").write_text(
        "user_id:token\titem_id:token\ttimestamp:float\nu\ta\t2.0\nu\tb\t1.0\n"
    )
    tables = load_tables(f"recbole:{tmp_path}")
    assert tables.events.select("item", "time").rows() == [("b", 1), ("a", 2)]
    assert tables.notes["times that are only an order"] == 2


@pytest.mark.parametrize("bound", ["since", "until"])
def test_a_window_of_1970_for_events_of_today_is_refused(
    tmp_path: Path, bound: str
) -> None:
    with pytest.raises(UsageError, match=f"'{bound}' is 2024, .*2006-08-14"):
        load(tmp_path, [str(SECOND)], "t", **{bound: 2024})


def test_offsets_of_every_row_are_added_up(tmp_path: Path) -> None:
    moments = [MOMENT.astimezone(timezone(timedelta(hours=h))) for h in (-11, 0, 14)]
    written = [moment.isoformat() for moment in moments]
    found = load(tmp_path, written, "{column: t, format: iso}").events["time"]
    assert found.to_list() == [SECOND] * 3
