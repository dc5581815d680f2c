"""What joins a catalogue to its events, and what is told where nothing does."""

from __future__ import annotations

from pathlib import Path

import pytest

from basketweave import connect
from basketweave.graph.stats import doctor
from tests.files import load

PLAIN = "events: {file: e.csv, user: u, item: i}\n"


@pytest.mark.parametrize(
    ("event", "catalogue", "told"),
    [
        ("0108", "108", "Without leading zeros 3 of 3"),
        ("A1", "a1", "Without capitals 3 of 3"),
        ("A-1", "A1", "Without spaces and signs 3 of 3"),
        ("x1.0", "x1", "Without a .0 at the end 3 of 3"),
        ("abc", "123", "names the right columns"),
    ],
)
def test_a_catalogue_that_does_not_join_is_told_loudly(
    tmp_path: Path, event: str, catalogue: str, told: str
) -> None:
    n = (7, 8, 9)
    events = "".join(f"ann,{event.replace('1', f'1{k}')}{'' if '1' in event else k}\n" for k in n)  # fmt: skip
    items = "".join(f"{catalogue.replace('1', f'1{k}')}{'' if '1' in event else k},T\n" for k in n)  # fmt: skip
    tables = load(
        tmp_path,
        PLAIN + "items: {file: i.csv, id: i, title: t}\n",
        e_csv="u,i\n" + events,
        i_csv="i,t\n" + items,
    )
    [warning] = tables.warnings
    assert "0 of 3 events find their item" in warning
    assert told in warning
    with connect(str(tmp_path / "s.lbug")) as store:
        store.load(tables)
        assert any("Hardly any of the 3 items" in f.what for f in doctor(store))


def test_a_catalogue_of_new_items_alone_is_no_cause_for_a_warning(
    tmp_path: Path,
) -> None:
    tables = load(
        tmp_path,
        PLAIN + "items: {file: i.csv, id: i, title: t}\n",
        e_csv="u,i\n" + "".join(f"ann,{n}\n" for n in range(100)),
        i_csv="i,t\n99,New\n",
    )
    assert tables.warnings == []
    with connect(str(tmp_path / "s.lbug")) as store:
        store.load(tables)
        assert not any("Hardly any" in finding.what for finding in doctor(store))
