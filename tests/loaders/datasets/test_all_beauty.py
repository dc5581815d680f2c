"""All Beauty in the forms in which it is published."""

from __future__ import annotations

import pytest

from basketweave.loaders import (
    load_tables,
    replica_test,
)


@pytest.mark.usefixtures("small")
def test_all_beauty_has_stars_times_and_the_titles_there_are() -> None:
    tables = load_tables("all_beauty")
    assert sorted(tables.events.rows()) == [
        ("A1", "B01", 1_472_688_000, "RATED", 5.0),
        ("A2", "B01", 1_384_387_200, "RATED", 1.0),
        ("A2", "B01", 1_384_387_200, "RATED", 1.0),
        ("A2", "B02", 1_384_387_200, "RATED", 3.0),
    ]
    assert sorted(tables.items.select("id", "title", "brand").rows()) == [
        ("B01", "Shine's", "Citre & Co"),
        ("B02", None, None),
    ]
    assert tables.notes["exact duplicates among the events"] == 1


@pytest.mark.usefixtures("small")
def test_the_replica_has_a_session_for_each_example() -> None:
    tables = load_tables("all_beauty:replica")
    assert tables.events.select("user", "item").rows() == [
        ("0", "1"),
        ("0", "8"),
        ("0", "11"),
        ("1", "1"),
        ("1", "8"),
    ]
    assert replica_test(part="val").rows() == [(["8"], "11")]
    assert replica_test().rows() == [(["1", "8"], "11")]
