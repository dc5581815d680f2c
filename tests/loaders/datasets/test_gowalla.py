"""Gowalla in the form in which it is published."""

from __future__ import annotations

from pathlib import Path

import pytest

from basketweave.errors import DataError
from basketweave.loaders import (
    gowalla_test,
    load_tables,
)


@pytest.mark.usefixtures("small")
def test_gowalla_keeps_the_test_part_apart() -> None:
    tables, test = load_tables("gowalla"), gowalla_test()
    assert sorted(tables.events.select("user", "item", "time").rows()) == [
        ("0", "0", 1),
        ("0", "1", 2),
        ("0", "2", 3),
        ("1", "2", 1),
        ("1", "3", 2),
    ]
    assert test.rows() == [("0", "3"), ("1", "0"), ("1", "1")]


def test_a_folder_can_be_named_after_a_colon(
    small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BASKETWEAVE_DATA")
    assert len(load_tables(f"gowalla:{small / 'gowalla'}").events) == 5
    with pytest.raises(DataError, match="set BASKETWEAVE_DATA"):
        load_tables("gowalla")


def test_a_wrong_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no file .*items\.jsonl\.gz"):
        load_tables(f"beauty:{tmp_path}")
