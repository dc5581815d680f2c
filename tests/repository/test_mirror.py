"""A test stands where what it tests stands: tests/gnn/test_light_gcn.py for gnn/light_gcn.py."""

from __future__ import annotations

from pathlib import Path

TESTS = Path(__file__).parents[1]
PACKAGE = TESTS.parent / "src" / "basketweave"
APART = [("contract",), ("journeys",), ("docs",), ("repository",)]


def test_a_test_file_is_named_after_the_module_or_package_that_it_is_for() -> None:
    lost = []
    for file in TESTS.rglob("test_*.py"):
        folder, name = file.parent.relative_to(TESTS), file.stem.removeprefix("test_")
        tested = PACKAGE / folder / name
        there = tested.with_suffix(".py").is_file() or tested.is_dir()
        itself = name == folder.name  # tests/queries/test_queries.py: the whole package
        if folder.parts[:1] not in APART and not there and not itself:
            lost.append(str(file.relative_to(TESTS)))
    assert not lost, f"No module is called so: {lost}"
