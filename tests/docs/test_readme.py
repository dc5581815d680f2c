"""README.md: each of its blocks runs, on the store that it speaks of."""

from __future__ import annotations

import re
import shlex
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

from basketweave.neo4j_server import ServerInfo
from tests.servers import wipe

Blocks = Callable[[str, str], list[str]]
Run = Callable[[str], None]


def test_each_block_has_a_test(blocks: Blocks) -> None:
    consoles = blocks("README.md", "console")
    assert [block.split()[-1] for block in consoles] == ["demo", "test", "Browser", ".basketweave/demo.lbug"]  # fmt: skip
    assert len(blocks("README.md", "python")) == 1
    assert len(blocks("README.md", "")) == 1


def test_the_makefile_has_the_two_commands(blocks: Blocks) -> None:
    makefile = Path(__file__).parents[2].joinpath("Makefile").read_text("utf-8")
    for block in blocks("README.md", "console")[:2]:
        target = block.split()[-1]
        assert re.search(rf"^{target}:", makefile, re.MULTILINE)
    assert "basketweave demo\n" in makefile


def shape(line: str) -> str:
    """A printed line without its figures."""
    return " ".join(re.sub(r"\d[\d.,]*%?", "#", line).split())


def test_the_demo_prints_what_is_shown(blocks: Blocks, demo: Path) -> None:
    (shown,) = blocks("README.md", "")
    told = (demo / "told").read_text(encoding="utf-8")
    counts, *_ = shown.split("  blend with")
    assert counts in told
    lines = {shape(line) for line in told.splitlines()}
    left_out = ("als", "ease", "item-knn", "recent-popularity", "bpr")
    tables = shown.split("…\nRecommended")[0].splitlines()
    for line in tables:
        if line.strip(" ─") and line.split()[0] not in left_out:
            assert shape(line) in lines, line
    assert shown[shown.index("What to type next:") :] in told


def test_the_blend_is_as_good_as_is_shown(blocks: Blocks, demo: Path) -> None:
    def figures(text: str) -> list[float]:
        return [float(f) for f in re.findall(r"^  blend +(0\.\d+)", text, re.MULTILINE)]

    (shown,) = blocks("README.md", "")
    told = (demo / "told").read_text(encoding="utf-8")
    assert len(figures(shown)) == 2
    assert figures(told) == pytest.approx(figures(shown), abs=0.003)


@pytest.mark.usefixtures("in_demo")
def test_what_to_type_next_can_be_typed(blocks: Blocks, basketweave: Run) -> None:
    (shown,) = blocks("README.md", "")
    lines = re.findall(r"^  basketweave (.*)$", shown, re.MULTILINE)
    assert len(lines) == 5
    for line in lines[:4]:  # the last one starts a server, as is tested elsewhere
        basketweave(line)


@pytest.mark.usefixtures("in_demo")
def test_the_python_block_runs(
    blocks: Blocks, capsys: pytest.CaptureFixture[str]
) -> None:
    (block,) = blocks("README.md", "python")
    exec(compile(block, "README.md", "exec"), {})  # noqa: S102
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert all(re.match(r"\d+ .+ 0\.\d+ 1 -PURCHASED-> ", line) for line in lines)


def test_the_rules_that_are_named_hold(in_demo: Path) -> None:
    from basketweave import Recommender, connect

    where = {"categories": ["GROCERY"], "per_brand": 2, "exclude": [995242]}
    text = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    assert '{"categories": ["GROCERY"], "per_brand": 2, "exclude": [995242]}' in text
    with connect(in_demo / ".basketweave/demo.lbug", read_only=True) as store:
        client = Recommender(store)
        assert len(client.recommend(1, where=where)) == 10
        weights = {"graph": 0.7, "repeat": 0.3}
        assert len(client.recommend(1, weights=weights, known="any").to_pandas()) == 10


def test_the_page_is_served(blocks: Blocks, demo: Path) -> None:
    line = blocks("README.md", "console")[3].removeprefix("$ basketweave ")
    command = [sys.executable, "-m", "basketweave", *shlex.split(line), "--port", "0"]
    with subprocess.Popen(command, cwd=demo, stdout=subprocess.PIPE, text=True) as web:
        assert web.stdout is not None
        url = re.findall(r"http://\S+/", web.stdout.readline())[0]
        try:
            with urllib.request.urlopen(f"{url}api/recommend/1", timeout=120) as answer:
                assert answer.status == 200
            web.send_signal(signal.SIGINT)
            assert web.stdout.read().endswith("Ended.\n")
        except BaseException:
            web.kill()  # it is waited for
            raise
    assert web.returncode == 0


def test_the_way_to_neo4j_browser_runs(
    blocks: Blocks,
    neo4j_server: ServerInfo,
    in_shop: dict[str, object],
    basketweave: Run,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """On a shop of 40: tests of Neo4j at real size load the Complete Journey."""
    lines = re.findall(r"^\$ basketweave (.*?)(?: +#.*)?$", blocks("README.md", "console")[2], re.MULTILINE)  # fmt: skip
    assert lines[0] == "neo4j start"
    home = neo4j_server.home
    small = {
        "neo4j start": f"neo4j start --home {home} --version {neo4j_server.version}",
        "load complete_journey": "load shop.yaml",
        "train gat --publish": "train gat --publish --epochs 1 --dim 8",
    }
    with FileLock(f"{home}.contract.lock"):
        wipe(neo4j_server)
        basketweave(small["neo4j start"])
        told = capsys.readouterr().out
        exports = dict(re.findall(r"export (\w+)=(.*)", told))
        assert exports["BASKETWEAVE_STORE"] == neo4j_server.bolt_uri
        monkeypatch.setenv("BASKETWEAVE_STORE", exports["BASKETWEAVE_STORE"])
        monkeypatch.setenv("NEO4J_PASSWORD", neo4j_server.password)
        for line in lines[1:]:
            basketweave(small.get(line, line))
    assert "CYPHER 5" in capsys.readouterr().out
