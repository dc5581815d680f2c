"""`basketweave kinds`: shown, set, and back to the defaults."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from basketweave.cli import main
from basketweave.graph import connect


@pytest.fixture
def store(tmp_path: Path) -> str:
    path = str(tmp_path / "shop.lbug")
    kinds = ("PURCHASED", "VIEWED", "VIEWED")
    with connect(path) as opened:
        opened.record(
            [{"user": 1, "item": n, "kind": k, "time": n} for n, k in enumerate(kinds)]
        )
    return path


def test_kinds_are_shown_set_and_reset(
    store: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*words: str) -> str:
        with pytest.raises(SystemExit) as ended:
            main(["kinds", "--store", store, *words])
        told = capsys.readouterr()
        return told.err if ended.value.code else told.out

    def shown(*words: str) -> dict[str, dict[str, object]]:
        found: dict[str, dict[str, object]] = json.loads(run(*words, "--json"))
        return found

    viewed = {"events": 2, "weight": 0.1, "known": False, "target": False}
    assert shown()["VIEWED"] == viewed
    given = ("--weight", "VIEWED=0.5", "--known", "VIEWED", "--target", "VIEWED")
    assert "basketweave derive" in run(*given)
    every = dict(viewed, weight=0.5, known=True, target=True)
    assert shown()["VIEWED"] == every
    assert shown("--unknown", "PURCHASED")["PURCHASED"]["known"] is False
    assert shown("--reset")["VIEWED"] == viewed
    assert "Write it as VIEWED=0.1" in run("--weight", "VIEWED")
    assert "not an event kind" in run("--weight", "SEEN=1")
    assert "weight above 0" in run("--weight", "PURCHASED=0")
    assert "makes an item known" in run("--unknown", "PURCHASED")
    assert shown()["VIEWED"] == viewed
