"""docs/loaders.md: its example runs, and it names every source, setting and option."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from basketweave.loaders import Options, load_tables, sources
from basketweave.loaders.files.mapping import (
    Categories,
    Events,
    Items,
    Kinds,
    Mapping,
    Time,
    Users,
)

DOCS = Path(__file__).resolve().parents[2] / "docs" / "loaders.md"


@pytest.fixture(scope="module")
def docs() -> str:
    return DOCS.read_text(encoding="utf-8")


def test_the_example_runs(docs: str, tmp_path: Path) -> None:
    orders, products = re.findall(r"```csv\n(.*?)```", docs, re.DOTALL)
    [mapping] = re.findall(r"```yaml\n(.*?)```", docs, re.DOTALL)
    for name, content in [
        ("orders.csv", orders),
        ("products.csv", products),
        ("shop.yaml", mapping),
    ]:
        (tmp_path / name).write_text(content, encoding="utf-8")
    tables = load_tables(str(tmp_path / "shop.yaml"))
    assert tables.name == "shop"
    assert len(tables.quarantine) == 0
    assert sorted(tables.events["kind"]) == ["PURCHASED"] * 2 + ["RATED", "VIEWED"]
    assert tables.items["price"].to_list() == [1.5, 4.2]
    assert tables.categories["id"].to_list() == [
        "Food",
        "Food > Fruit",
        "Food > Nuts",
        "Offers",
    ]


@pytest.mark.parametrize(
    "model", [Mapping, Events, Time, Kinds, Items, Categories, Users, Options]
)
def test_every_setting_is_explained(docs: str, model: type[Mapping]) -> None:
    """As `setting`, or inside a quoted {column: …, format: …}."""
    for setting in model.model_fields:
        assert re.search(rf"`[^`]*\b{setting}\b[^`]*`", docs), setting


def test_every_source_is_listed(docs: str) -> None:
    for name in sources():
        assert f"| `{name}" in docs
