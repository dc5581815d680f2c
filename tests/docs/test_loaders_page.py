"""docs/loaders.md: its example runs, and it names every source, setting and option."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest

from basketweave.loaders import Options, load_tables, sources
from basketweave.loaders.files.mapping import (
    Categories,
    EventsFile,
    ItemsFile,
    KindColumn,
    Lines,
    Mapping,
    Time,
    UsersFile,
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


EXAMPLES = re.findall(
    r"^### (.+?)\n(.*?)(?=^##)",
    DOCS.read_text(encoding="utf-8").partition("## Mappings by example")[2],
    re.DOTALL | re.MULTILINE,
)


@pytest.mark.parametrize(("title", "text"), EXAMPLES, ids=[t for t, _ in EXAMPLES])
def test_each_mapping_by_example_does_what_it_shows(
    title: str, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its files are written down, and its Python is run as a doctest."""
    for name, content in re.findall(r"```\w+ (\S+)\n(.*?)```", text, re.DOTALL):
        (tmp_path / name).write_text(content, encoding="utf-8")
    [shown] = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    monkeypatch.chdir(tmp_path)
    options = doctest.ELLIPSIS
    found = doctest.DocTestParser().get_doctest(
        shown, {"load_tables": load_tables}, title, str(DOCS), 0
    )
    runner, told = doctest.DocTestRunner(optionflags=options), list[str]()
    assert not runner.run(found, out=told.append).failed, "".join(told)


@pytest.mark.parametrize(
    "model",
    [
        Mapping,
        EventsFile,
        Time,
        KindColumn,
        Lines,
        ItemsFile,
        Categories,
        UsersFile,
        Options,
    ],
)
def test_every_setting_is_explained(docs: str, model: type[Mapping]) -> None:
    """As `setting`, or inside a quoted {column: …, format: …}."""
    for setting in model.model_fields:
        assert re.search(rf"`[^`]*\b{setting}\b[^`]*`", docs), setting


def test_every_source_is_listed(docs: str) -> None:
    for name in sources():
        assert f"| `{name}" in docs
