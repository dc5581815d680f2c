"""MovieLens: its three published forms, and real rows of 100k."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import polars as pl
import pytest

from basketweave.errors import DataError
from basketweave.loaders import load_tables
from basketweave.loaders.datasets.movielens import GENRES
from basketweave.loaders.files import text

RATED = [
    ("1", "10", 978_300_760, "RATED", 5.0),
    ("2", "20", 978_302_109, "RATED", 3.0),
    ("1", "20", 978_302_268, "RATED", 4.0),
]


def write(folder: Path, encoding: str = "utf-8", **files: str) -> str:
    for name, content in files.items():
        (folder / name.replace("_", ".")).write_text(content, encoding=encoding)
    return f"movielens:{folder}"


def genres(tables: pl.DataFrame) -> list[tuple[str, str]]:
    return sorted(tables.select("item", "category").iter_rows())


def test_bars_and_flags_of_100k(tmp_path: Path) -> None:
    flags = ["0", "1", *["0"] * 17], ["1", *["0"] * 18]
    films = [
        f"10|Star Wars: Café (1977)|01-Jan-1977||http://x|{'|'.join(flags[0])}",
        f'20|"Quoted"|||http://x|{"|".join(flags[1])}',
    ]
    source = write(
        tmp_path,
        "latin-1",
        u_data="1\t10\t5\t978300760\n1\t20\t4\t978302268\n2\t20\t3\t978302109\n",
        u_item="\n".join(films) + "\n",
        u_user="1|24|M|technician|85711\n2|53|F|other|94043\n",
    )
    tables = load_tables(source)
    assert tables.events.sort("time").rows() == RATED
    assert tables.items.rows() == [
        ("10", "Star Wars: Café (1977)", 1977),
        ("20", '"Quoted"', None),
    ]
    assert genres(tables.in_category) == [("10", "Action")]
    assert tables.users.row(0, named=True) == {
        "id": "1",
        "gender": "M",
        "age": 24,
        "occupation": "technician",
        "zip_code": 85711,
    }
    assert len(tables.quarantine) == 0
    assert (tables.user_ids, tables.item_ids) == ("int", "int")


@pytest.mark.parametrize("encoding", ["latin-1", "utf-8"])
def test_double_colons_of_1m_and_10m(
    tmp_path: Path, encoding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text.pieces, "__defaults__", (7,))  # cuts a :: in two
    source = write(
        tmp_path,
        encoding,
        ratings_dat="1::10::5::978300760\n1::20::4::978302268\n2::20::3::978302109\n",
        movies_dat="10::Misérables: Les (1995)::Drama|Musical\n20::B::Sci-Fi\n",
        users_dat="1::F::1::10::48067\n2::M::56::16::70072\n",
    )
    tables = load_tables(source)
    assert tables.events.sort("time").rows() == RATED
    assert tables.items["title"].to_list() == ["Misérables: Les (1995)", "B"]
    assert genres(tables.in_category) == [
        ("10", "Drama"),
        ("10", "Musical"),
        ("20", "Sci-Fi"),
    ]
    assert tables.users["age"].to_list() == [1, 56]


def test_commas_of_20m_and_later(tmp_path: Path) -> None:
    source = write(
        tmp_path,
        ratings_csv="userId,movieId,rating,timestamp\n"
        "1,10,5.0,978300760\n1,20,4.0,978302268\n2,20,3.0,978302109\n"
        "2,20,0.5,978302109\n",
        movies_csv="movieId,title,genres\n"
        '10,"American President, The (1995)",Comedy|Drama\n'
        "20,Who knows,(no genres listed)\n",
    )
    tables = load_tables(source)
    half = ("2", "20", 978_302_109, "RATED", 0.5)
    assert sorted(tables.events.rows()) == sorted([*RATED, half])
    assert tables.items.rows() == [
        ("10", "American President, The (1995)", 1995),
        ("20", "Who knows", None),
    ]
    assert genres(tables.in_category) == [("10", "Comedy"), ("10", "Drama")]
    assert tables.categories["id"].to_list() == ["Comedy", "Drama"]


def test_a_broken_row_is_shown_as_it_was_written(tmp_path: Path) -> None:
    good = "".join(f"1::{n}::5::978300760\n" for n in range(40))
    source = write(tmp_path, ratings_dat=f"{good}1::x::9::978300760\n1::2\n")
    tables = load_tables(source)
    assert tables.quarantine.select("line", "reason", "row").rows() == [
        (41, "value is not between 0.5 and 5", "1::x::9::978300760"),
        (42, "2 fields, not the 4 of the mapping", "1::2"),
    ]
    assert len(tables.items) == 40


def test_real_rows_of_100k_are_those_that_recbole_has(tmp_path: Path) -> None:
    spec = find_spec("recbole")
    assert spec is not None
    assert spec.origin is not None
    atomic = Path(spec.origin).parent / "dataset_example" / "ml-100k"
    rows = (atomic / "ml-100k.inter").read_text(encoding="utf-8").split("\n", 1)[1]
    films = (atomic / "ml-100k.item").read_text(encoding="utf-8").splitlines()[1:]
    lines = []
    for film in films:
        item, title, year, kinds = film.split("\t")
        flags = "|".join(str(int(g in kinds.split(" "))) for g in GENRES)
        lines.append(f"{item}|{title} ({year})|01-Jan-{year}||url|0|{flags}\n")
    tables = load_tables(write(tmp_path, u_data=rows, u_item="".join(lines)))
    expected = load_tables("recbole:ml-100k")
    order = ["user", "item", "time"]
    assert tables.events.sort(order).equals(expected.events.sort(order))
    assert len(tables.items) == 1_682
    ours, theirs = genres(tables.in_category), genres(expected.in_category)
    assert set(ours) == {pair for pair in theirs if pair[1] in GENRES}


def test_a_folder_without_ratings_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"none of u\.data, ratings\.dat"):
        load_tables(f"movielens:{tmp_path}")
    with pytest.raises(DataError, match="movielens:FOLDER"):
        load_tables("movielens")
