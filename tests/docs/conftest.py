"""The stores that README.md and docs/*.md speak of, made once for a whole run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from basketweave.cli import main

ROOT = Path(__file__).parents[2]
# All that the demo does, but for those baselines on which nothing after it rests.
DEMO = """
from basketweave.cli import demo, main

kept, asked = (None, "popularity", "own-frequency"), demo.experiment()
models = {label: m for label, m in asked.models.items() if m.baseline in kept}
demo.experiment = lambda: asked.model_copy(update={"models": models})
main(["demo"])
"""
MAPPING = """
name: shop
events:
  file: orders.csv
  user: user
  item: item
  time: time
  kinds: {column: did, names: {buy: PURCHASED, rate: RATED}}
  value: stars
items: {file: products.csv, id: item, title: title, brand: brand, categories: category}
"""
Blocks = Callable[[str, str], list[str]]


@pytest.fixture(scope="session")
def blocks() -> Blocks:
    """The fenced blocks of a page, of one language ("" for none)."""

    def found(page: str, language: str) -> list[str]:
        text = (ROOT / page).read_text(encoding="utf-8")
        fenced = re.findall(r"^```(\w*)\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
        return [block for name, block in fenced if name == language]

    return found


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of this run have in common."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session")
def demo(shared: Path) -> Path:
    """The folder in which `basketweave demo` has run; what it printed is in `told`."""
    folder = shared / "demo"
    with FileLock(f"{folder}.lock"):
        if not (folder / "told").exists():
            folder.mkdir(exist_ok=True)
            command = [sys.executable, "-c", DEMO]
            done = subprocess.run(
                command, check=False, cwd=folder, capture_output=True, text=True
            )
            assert done.returncode == 0, done.stderr
            (folder / "told").write_text(done.stdout, encoding="utf-8")
    return folder


@pytest.fixture
def in_demo(demo: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(demo)
    return demo


def shop(folder: Path) -> None:
    """40 customers of 30 products, bought and rated, in two files and a mapping."""
    rows, products = ["user,item,time,did,stars"], ["item,title,brand,category"]
    for user in range(40):
        for visit in range(10):
            time = 1_704_067_200 + 864_000 * visit + 86_400 * (user % 7)
            for n in range(2):
                item = (user + 2 * (visit * (1 + user % 3) + n)) % 30
                rows.append(f"{user},{item},{time + n},buy,")
                rows.append(f"{user},{item},{time + n + 60},rate,{1 + item % 5}")
    for item in range(30):
        products.append(f"{item},Product {item},Maker {item % 4},Shelf {item % 3}")
    (folder / "orders.csv").write_text("\n".join(rows))
    (folder / "products.csv").write_text("\n".join(products))
    (folder / "shop.yaml").write_text(MAPPING)


@pytest.fixture(scope="session")
def basketweave() -> Callable[[str], None]:
    """Runs a command line here, which has to succeed."""

    def run(line: str) -> None:
        with pytest.raises(SystemExit) as ended:
            main(line.split())
        assert ended.value.code == 0, line

    return run


@pytest.fixture(scope="module")
def in_shop(
    tmp_path_factory: pytest.TempPathFactory, basketweave: Callable[[str], None]
) -> Iterator[dict[str, Any]]:
    """A folder whose basketweave.lbug holds the shop, and the names that pages use."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("shop"))
        patch.delenv("BASKETWEAVE_STORE", raising=False)
        shop(Path())
        for line in ("load shop.yaml", "derive", "train sasrec --publish --epochs 1"):
            basketweave(line)
        yield _names()


def _names() -> dict[str, Any]:
    import numpy as np

    from basketweave.evaluation import time_split
    from basketweave.graph import connect
    from basketweave.loaders import load_tables

    with connect("basketweave.lbug", read_only=True) as store:
        subgraph = store.export()
    return {
        "subgraph": subgraph,
        "split": time_split(subgraph, days=28),
        "tables": load_tables("shop.yaml"),
        "users": np.array([0, 1]),
        "items": np.array([2, 3]),
    }
