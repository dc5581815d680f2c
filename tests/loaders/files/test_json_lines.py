"""JSON in lines, and JSON that is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from basketweave.errors import DataError
from basketweave.loaders import load_tables
from basketweave.loaders.files import text


def test_json_that_is_not_in_lines_is_told_as_such(tmp_path: Path) -> None:
    (tmp_path / "e.json").write_text('[\n  {"u": 1, "i": 2}\n]', encoding="utf-8")
    mapping = tmp_path / "m.yaml"
    mapping.write_text("events: {file: e.json, user: u, item: i}", encoding="utf-8")
    with pytest.raises(DataError, match=r"2 of the 3 rows .*\n.*not a JSON object"):
        load_tables(str(mapping))
    (tmp_path / "e.json").write_text("", encoding="utf-8")
    with pytest.raises(DataError, match="has not a single object"):
        load_tables(str(mapping))


def test_json_read_fast_is_what_is_read_row_by_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Small pieces, so that all rows but the first come the fast way where they can."""
    rows = [
        '{"user": "u", "item": 1, "time": 5}',
        '{"user": 7.0, "item": "\\u00e9", "time": 6.0, "more": [1, {"a": null}]}',
        '{"user": "\\ud83d\\ude00", "item": true, "time": "7"}',
        '{"user": "\\ud83d", "item": "half", "time": 8}',
        '{"user": "text", "item": "i", "time": 9, "review": "\\uD83D"}',
        '{"user": null, "item": "i", "time": 10}',
        "   ",
        "[1]",
        '{"item": "i", "user": "v"}',
    ]
    path = tmp_path / "e.jsonl"
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    mapping = tmp_path / "m.yaml"
    mapping.write_text(
        "events: {file: e.jsonl, user: user, item: item, "
        "time: {column: time, format: position}}",
        encoding="utf-8",
    )
    whole = load_tables(str(mapping), max_bad=1)
    monkeypatch.setattr(text.pieces, "__defaults__", (40,))
    cut = load_tables(str(mapping), max_bad=1)
    assert cut.events.equals(whole.events)
    assert cut.quarantine.equals(whole.quarantine)
    assert whole.events.select("user", "item", "time").rows() == [
        ("u", "1", 5),
        ("7", "é", 6),
        ("😀", "true", 7),
        ("text", "i", 9),
    ]
    assert whole.quarantine["line"].to_list() == [4, 6, 7, 8, 9]
