"""Generated events: of the shape that was asked for, the same for one seed."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from basketweave.cli import main
from basketweave.graph.sharded import read_parts
from basketweave.loaders.generate import Generated, generate


def test_generated_events_have_the_shape_that_was_asked_for(tmp_path: Path) -> None:
    generate(Generated(events=20_000, part=6_000), tmp_path)
    found = read_parts(str(tmp_path))
    events = found.events
    assert len(events) == 20_000
    assert set(events["item"]) <= set(found.items["id"])
    assert set(events["user"]) == set(found.users["id"])
    assert found.items["id"].is_unique().all()
    baskets = events.group_by("user", "time").len()["len"]
    assert baskets.mean() == pytest.approx(3, rel=0.1)
    sold = events.group_by("item").len()["len"].sort(descending=True)
    assert sold[: len(sold) // 10].sum() > 0.3 * len(events)


def test_the_same_seed_gives_the_same_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, seed in (("a", "1"), ("b", "1"), ("c", "2")):
        with pytest.raises(SystemExit) as ended:
            main(["generate", str(tmp_path / name), "--events", "2e3", "--seed", seed])
        assert not ended.value.code
    a, b, c = (pl.read_parquet(tmp_path / n / "events/*.parquet") for n in "abc")
    assert a.equals(b)
    assert not a.equals(c)
    assert "2,000 events in 1 parts" in capsys.readouterr().out
