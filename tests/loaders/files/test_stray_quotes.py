"""Quotes that nothing closes swallow no rows."""

from __future__ import annotations

from pathlib import Path

import pytest

from basketweave.errors import DataError
from tests.files import load

PLAIN = "events: {file: e.csv, user: u, item: i}\n"


def test_a_stray_quote_in_tsv_swallows_no_rows(tmp_path: Path) -> None:
    rows = [f"user{n}\tmb{n}\tartist {n}\t{n}" for n in range(40)]
    rows[5], rows[9] = 'user5\tmb5\t"Odd\t5', 'user9\tmb9\tEven"\t9'
    tables = load(
        tmp_path,
        "events: {file: e.tsv, user: u, item: a, value: n, returns: keep}",
        e_tsv="u\tm\ta\tn\n" + "\n".join(rows) + "\n",
    )
    assert len(tables.events) == 40
    assert tables.events.row(5)[:2] == ("user5", '"Odd')
    assert tables.events.row(6)[:2] == ("user6", "artist 6")
    assert tables.events.row(9)[:2] == ("user9", 'Even"')
    assert tables.notes == {"rows that a stray quote joined, read one by one": 5}


def test_a_stray_quote_that_nothing_closes_swallows_no_rows(tmp_path: Path) -> None:
    text = 'u,i,n\nann,"x,1\nbob,y,2\ncid,z,3\n'
    tables = load(tmp_path, PLAIN, e_csv=text)
    assert tables.events["item"].to_list() == ['"x', "y", "z"]


def test_a_quoted_field_with_tabs_and_lines_is_set_aside_with_a_hint(
    tmp_path: Path,
) -> None:
    text = "u\ti\tn\n" + "ann\tx\t1\n" * 40 + 'bob\t"y\t2\nshort\ncid\tz"\t3\n'
    tables = load(tmp_path, "events: {file: e.tsv, user: u, item: i}", e_tsv=text)
    assert len(tables.events) == 40
    [bad] = tables.quarantine.rows(named=True)
    assert bad["line"] == 42
    assert 'set quote: ""' in bad["reason"]


def test_texts_of_several_lines_that_somebody_wrote_stay_whole(tmp_path: Path) -> None:
    texts = [
        '"Main St\nSpringfield,IL"',
        '"one, two\nthree, four\nfive, six"',
        '"a\n\nb"',
    ]
    tables = load(
        tmp_path,
        PLAIN + "items: {file: i.csv, id: i, title: t}\n",
        e_csv="u,i\nann,1\n",
        i_csv="i,t\n" + "".join(f"{n},{t}\n" for n, t in enumerate(texts)),
    )
    titles = sorted(t for t in tables.items["title"] if t is not None)
    assert titles == sorted(text.strip('"') for text in texts)
    assert not any("stray" in note for note in tables.notes)


def test_a_backslash_before_a_quote_is_told_and_can_be_named(tmp_path: Path) -> None:
    mapping = PLAIN + "items: {file: i.csv, id: i, title: t ESCAPE}\n"
    files = {
        "e_csv": "u,i\nann,1\n",
        "i_csv": 'i,t\n1,"12\\" disc, \\"live\\""\n2,"a\\\\b"\n',
    }
    with pytest.raises(DataError, match=r"(?s)Line 2 .*escape: '\\'"):
        load(tmp_path, mapping.replace(" ESCAPE", ""), **files)
    tables = load(tmp_path, mapping.replace(" ESCAPE", ", escape: '\\'"), **files)
    assert tables.items["title"].to_list() == ['12" disc, "live"', "a\\b"]
