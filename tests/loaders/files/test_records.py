"""Records stay whole, with their lines, whatever the pieces."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from basketweave.graph.tables import Tables
from basketweave.loaders.files import text
from basketweave.loaders.files.records import records
from basketweave.loaders.files.text import pieces

Load = Callable[..., Tables]


def test_lines_stay_right_across_pieces(
    load_csv: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file is read in pieces of 16 MB; here of 7 characters."""
    monkeypatch.setattr(text.pieces, "__defaults__", (7,))
    rows = [f'"u\n{n}",i{n},{"never" if n % 10 == 3 else n}' for n in range(50)]
    tables = load_csv("user,item,time\n" + "\n".join(rows), max_bad=1)
    assert tables.quarantine["line"].to_list() == [8, 28, 48, 68, 88]
    assert tables.quarantine["row"][0] == rows[3]
    assert len(tables.events) == 45


def test_records_are_whole_whatever_the_pieces(tmp_path: Path) -> None:
    content = 'a,b\n"x\n\ny",1\n"""q""",2\n\n3,4'
    (tmp_path / "x.csv").write_text(content, encoding="utf-8")
    for size in range(1, 30):
        cuts = list(records(pieces(tmp_path / "x.csv", "utf-8", size), '"'))
        texts = [cut.text(n) for cut in cuts for n in range(len(cut))]
        lines = [line for cut in cuts for line in cut.lines.tolist()]
        assert texts == ["a,b", '"x\n\ny",1', '"""q""",2', "3,4"]
        assert lines == [1, 2, 5, 7]
