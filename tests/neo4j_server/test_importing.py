"""A database that takes another's place, and what fails on the way; Java is a script."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import pytest

from basketweave.errors import StoreError
from basketweave.neo4j_server.home import Home
from basketweave.neo4j_server.importing import (
    PARTS,
    has_database,
    import_beside,
    keep_new,
    put_back,
    swap,
)

IMPORTS = """
mkdir -p data/databases/neo4j data/transactions/neo4j
echo new > data/databases/neo4j/store
"""
FILLS_THE_DISK = """
mkdir -p data/databases/neo4j
echo half > data/databases/neo4j/store
echo 'java.io.IOException: No space left on device'
exit 1
"""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home with a database, whose store says `old`."""
    home = Home(tmp_path / "home")
    home.create()
    for part in PARTS:
        (home.folder / "data" / part / "neo4j").mkdir(parents=True)
    (home.folder / "data/databases/neo4j/store").write_text("old\n")
    return home


def run(
    home: Home, script: str, bought: Mapping[str, Sequence[Path]] = MappingProxyType({})
) -> None:
    java = home.folder / "java"
    java.write_text(f"#!/bin/sh\n{script}")
    java.chmod(0o700)
    import_beside(java, [], home, {}, bought, between=";", heap="1g", threads=1)


def store_of(home: Home) -> str:
    return (home.folder / "data/databases/neo4j/store").read_text().strip()


def test_the_new_database_takes_the_place_and_nothing_is_left(home: Home) -> None:
    run(home, IMPORTS)
    assert store_of(home) == "old"
    swap(home)
    assert store_of(home) == "new"
    keep_new(home)
    assert store_of(home) == "new"
    assert not (home.folder / "bulk").exists()
    assert not put_back(home)


def test_the_old_one_comes_back_where_the_new_one_does_not_answer(home: Home) -> None:
    run(home, IMPORTS)
    swap(home)
    assert put_back(home)
    assert store_of(home) == "old"


def test_where_there_was_no_database_none_comes_back(home: Home) -> None:
    shutil.rmtree(home.folder / "data")
    assert not has_database(home)
    run(home, IMPORTS)
    swap(home)
    assert (store_of(home), has_database(home)) == ("new", True)
    assert put_back(home)
    assert not has_database(home)
    run(home, IMPORTS)
    swap(home)
    keep_new(home)
    assert (store_of(home), put_back(home)) == ("new", False)


def test_many_files_are_several_arguments(home: Home) -> None:
    files = [home.folder / f"{n}.csv" for n in range(202)]
    run(home, 'echo "$@" > told' + IMPORTS, {"BOUGHT": files})
    told = (home.folder / "bulk/told").read_text().split()
    lists = [word.split("=")[-1].split(",") for word in told if "BOUGHT" in word]
    assert [found[0] for found in lists] == [str(files[0])] * 3
    assert [f for found in lists for f in found[1:]] == [str(f) for f in files[1:]]


@pytest.mark.parametrize("renames", [1, 2, 3])
def test_killed_between_two_renames_the_old_one_comes_back(
    home: Home, renames: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(home, IMPORTS)
    rename = Path.rename
    done: list[Path] = []

    def counted(path: Path, target: Path) -> Path:
        if len(done) == renames:
            raise KeyboardInterrupt
        done.append(target)
        return rename(path, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", counted)
        with pytest.raises(KeyboardInterrupt):
            swap(home)
    assert put_back(home)
    assert store_of(home) == "old"


def test_a_full_disk_leaves_the_old_database_and_nothing_else(home: Home) -> None:
    with pytest.raises(StoreError, match=r"stands as it was. Free some room"):
        run(home, FILLS_THE_DISK)
    assert store_of(home) == "old"
    assert not (home.folder / "bulk/data").exists()


def test_what_the_importer_says_is_told(home: Home) -> None:
    with pytest.raises(StoreError, match="Duplicated ids"):
        run(home, "echo 'Duplicated ids: 7'; exit 1")
