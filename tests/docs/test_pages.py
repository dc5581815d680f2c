"""docs/*.md: their Python runs, and their command lines can be read."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer

from basketweave.cli.app import app
from basketweave.experiments.running import Experiments
from basketweave.graph import ModelCard, connect
from basketweave.graph.derive import derive
from basketweave.neo4j_server import ServerInfo
from basketweave.recipes import read_recipe

Blocks = Callable[[str, str], list[str]]
ROOT = Path(__file__).parents[2]
PAGES = ["README.md", *(f"docs/{page.name}" for page in (ROOT / "docs").glob("*.md"))]
SMALLER = {  # what takes long, or names the ids of another shop
    "trials=20": "trials=2",
    "dim=128, heads=4": "dim=8, heads=2, epochs=1",
    "[995242, 981760, 995242]": "[4, 7, 4]",
    "shop.lbug.models": "basketweave.lbug.models",
}
RUN = {
    "docs/models.md": 4,
    "docs/evaluation.md": 1,
    "docs/tuning.md": 1,
    "docs/loaders.md": 1,
    "docs/neo4j.md": 1,
    "docs/blend.md": 1,
    "docs/experiments.md": 1,
    "docs/live.md": 3,
    "docs/service.md": 2,
    "docs/scale.md": 1,
    "README.md": 1,
}


def test_no_block_of_python_is_new_and_untested(blocks: Blocks) -> None:
    found = {page: len(blocks(page, "python")) for page in PAGES}
    assert {page: count for page, count in found.items() if count} == RUN


def run(page: str, block: str, **names: Any) -> None:
    for long, short in SMALLER.items():
        block = block.replace(long, short)
    exec(compile(block, page, "exec"), names)  # noqa: S102


@pytest.mark.parametrize(
    ("page", "n"),
    [(p, n) for p in ("models", "evaluation", "tuning") for n in range(RUN[f"docs/{p}.md"])],
)  # fmt: skip
def test_a_block_runs_on_a_shop(
    blocks: Blocks, in_shop: dict[str, Any], page: str, n: int
) -> None:
    run(page, blocks(f"docs/{page}.md", "python")[n], **in_shop)


def test_the_sessions_of_the_blend_are_read_by_a_model_file(
    blocks: Blocks, in_shop: dict[str, Any]
) -> None:
    with connect("basketweave.lbug", read_only=True) as store:
        run("blend.md", blocks("docs/blend.md", "python")[0], store=store)


def test_the_service_is_asked_as_its_page_says(
    blocks: Blocks, in_shop: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    for block in blocks("docs/service.md", "python"):
        run("service.md", block)
    assert capsys.readouterr().out.count("\n") == 4


def test_the_loaders_page_prints_what_it_says(
    blocks: Blocks, capsys: pytest.CaptureFixture[str]
) -> None:
    (block,) = blocks("docs/loaders.md", "python")
    run("loaders.md", block)
    said = re.findall(r"print\(tables\) +# (.*)…", block)[0]
    assert capsys.readouterr().out.startswith(said)


def test_a_server_of_ones_own_is_reached_from_python(
    blocks: Blocks, neo4j_server: ServerInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    (block,) = blocks("docs/neo4j.md", "python")
    monkeypatch.setattr("basketweave.neo4j_server.default_home", lambda: neo4j_server.home)  # fmt: skip
    run("neo4j.md", block)


def test_what_is_recorded_on_the_page_is_counted(
    blocks: Blocks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    recorded, described, shown = blocks("docs/live.md", "python")
    names: dict[str, Any] = {}
    exec(compile(recorded, "live.md", "exec"), names)  # noqa: S102
    assert names["done"].events == 1
    assert names["again"].already_there == 1
    exec(compile(described, "live.md", "exec"), names)  # noqa: S102
    assert names["done"].created == 1
    with connect("basketweave.lbug") as store:
        derive(store)
    exec(compile(shown, "live.md", "exec"), names)  # noqa: S102
    with connect("basketweave.lbug") as store:
        assert store.shown()["takenAt"].drop_nulls().len() == 1


def test_what_an_application_does_in_an_experiment(
    blocks: Blocks, in_shop: dict[str, Any]
) -> None:
    (block,) = blocks("docs/experiments.md", "python")
    with connect("basketweave.lbug") as store:
        for weights in ({"graph": 1.0}, {"popularity": 1.0}):
            store.publish_weights(ModelCard("blend_new", kind="blend"), weights)
        Experiments(store).start("page", "blend_new@1", "blend_new@2")
    run("experiments.md", block)
    with connect("basketweave.lbug") as store:
        assert store.shown(experiment="page")["user"].unique().to_list() == ["1"]


# --- command lines ---


def lines() -> list[str]:
    """Each command line of a page: in a block, indented, or as `code`."""
    found = set()
    for page in PAGES:
        text = (ROOT / page).read_text(encoding="utf-8")
        for line in re.findall(r"^(?:\$|   ) ?(basketweave .*)$|`(basketweave [^`]*)`", text, re.MULTILINE):  # fmt: skip
            words = re.sub(r"  +.*$| *#.*$", "", "".join(line))
            found.add(re.sub(r" …$", "", words))
    return sorted(found)


@pytest.mark.parametrize("line", lines())
def test_a_documented_command_line_can_be_read(line: str) -> None:
    words = shlex.split(line)[1:]
    command: Any = typer.main.get_command(app)
    if len(words) == 1:  # a command that is spoken of
        assert words[0] in command.commands or words[0].startswith("-")
        return
    context: Any = command.make_context("basketweave", words)
    while hasattr(command, "commands") and context._protected_args:
        (name,), rest = context._protected_args, context.args
        command = command.commands[name]
        context = command.make_context(name, rest, parent=context)


def test_the_recipes_that_are_named_are_there() -> None:
    for line in lines():
        name = re.findall(r"basketweave run (\w+)(?: |$)", line)
        if name and name[0].islower():
            assert read_recipe(name[0]).name == name[0]


def test_the_table_of_commands_is_whole() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    table = text.split("## From the command line")[1].split("Each has `--help`")[0]
    named = {word for cell in re.findall(r"^\| (.*?) \|", table, re.MULTILINE) for word in re.findall(r"`([a-z][\w-]*)", cell)}  # fmt: skip
    assert set(typer.main.get_command(app).commands) <= named  # type: ignore[attr-defined]
