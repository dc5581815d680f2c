"""`basketweave record`: what a pipe brings, and what becomes of the rest."""

from __future__ import annotations

import csv
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, suppress
from pathlib import Path

import pytest

from basketweave.cli import main
from basketweave.graph import connect

LINES = [
    '{"user": 7, "item": 1, "time": 5, "id": "a"}',
    '{"user": 7, "item": 2',
    "",
    '{"type": "page", "messageId": "m1", "userId": 7}',
    '{"user": 7, "item": 1, "time": 6, "id": "a"}',
    '{"user": 7, "kind": "VIEWED"}',
    json.dumps(
        {
            "type": "track",
            "event": "Product Viewed",
            "messageId": "m2",
            "userId": 8,
            "timestamp": "2026-01-31T18:00:00Z",
            "properties": {"product_id": 3},
        }
    ),
]


def run(*words: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(words)
    return int(ended.value.code or 0)


def recorded(journal: Path) -> bool:
    """Whether a change stands in the journal, which another process has open."""
    if not journal.exists():
        return False
    reading = sqlite3.connect(f"file:{journal}?mode=ro", uri=True)
    with closing(reading), suppress(sqlite3.Error):
        return reading.execute("SELECT count(*) FROM change").fetchone() != (0,)
    return False  # it is being made


def test_a_file_is_recorded_and_bad_lines_set_aside(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, store, aside = (str(tmp_path / n) for n in ("e.jsonl", "s.lbug", "bad.csv"))
    Path(source).write_text("\n".join(LINES))
    asked = ("record", source, "--store", store, "--quarantine", aside, "--json")
    assert run(*asked) == 0
    assert json.loads(capsys.readouterr().out) == {
        "lines": 7,
        "events": 2,
        "already_there": 1,
        "users": 2,
        "items": 2,
        "other_lines": 2,
        "quarantined": 2,
    }
    with open(aside, newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["line"], row["row"]) for row in rows] == [
        ("2", LINES[1]),
        ("6", LINES[5]),
    ]
    assert "no JSON" in rows[0]["reason"]
    assert "no item" in rows[1]["reason"]
    assert run(*asked) == 0
    assert json.loads(capsys.readouterr().out)["events"] == 0
    with connect(store, read_only=True) as graph:
        assert {kind: len(e) for kind, e in graph.export().events.items()} == {
            "PURCHASED": 1,
            "VIEWED": 1,
        }


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    asked = ("record", str(tmp_path / "no.jsonl"), "--store", str(tmp_path / "s.lbug"))
    assert run(*asked) == 3
    assert not (tmp_path / "s.lbug").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="needs signals")
def test_ctrl_c_keeps_what_was_recorded(tmp_path: Path) -> None:
    store = tmp_path / "s.lbug"
    with connect(store) as graph:
        graph.record({"user": 9, "item": 8, "time": 8})
    process = subprocess.Popen(
        [sys.executable, "-m", "basketweave", "record", "-", "--store", str(store)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, "COLUMNS": "200"},
    )
    assert process.stdin is not None
    process.stdin.write(b'{"user": 9, "item": 9, "time": 9}\n')
    process.stdin.flush()
    end = time.monotonic() + 120
    while not recorded(Path(f"{store}.journal")) and time.monotonic() < end:
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=120)
    assert process.returncode == 130, said
    assert b"What was stored is safe" in said
    with connect(store) as graph:
        assert len(graph.export().events["PURCHASED"]) == 2
