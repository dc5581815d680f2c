"""Any command line ends as it is documented: with an exit code and one line, if not well.

The commands run in this process; those that would take minutes or a server are asked
only for what they refuse.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from hypothesis import example, given
from hypothesis import strategies as st

from basketweave.cli import main
from basketweave.cli.app import app

CODES = {0, 2, 3, 4, 5, 6}
MAPPING = """
name: shop
events: {file: orders.csv, user: user, item: item, time: time}
items: {file: products.csv, id: item, title: title, brand: brand, categories: category}
"""
ODD_TITLE = "\x1b]0;owned\x07[red]Pear"
Say = Callable[..., tuple[int, str]]


@pytest.fixture(scope="module", autouse=True)
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A shop of 12 people and 8 products, loaded, derived and with vectors."""
    here = tmp_path_factory.mktemp("shop")
    rows = [f"{u},{(u + 2 * n) % 8},{1_704_067_200 + 86_400 * (9 * n + u % 5)}" for u in range(12) for n in range(6)]  # fmt: skip
    (here / "orders.csv").write_text(
        "\n".join(["user,item,time", *rows, "x,,1704067200"])
    )
    titles = [f"{i},{ODD_TITLE} {i},Maker {i % 2},Shelf {i % 3}" for i in range(8)]
    (here / "products.csv").write_text(
        "\n".join(["item,title,brand,category", *titles])
    )
    (here / "shop.yaml").write_text(MAPPING)
    (here / "taken").write_text("a file")
    os.mkfifo(here / "pipe")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(here)
        patch.delenv("BASKETWEAVE_STORE", raising=False)
        for line in (
            "load shop.yaml",
            "derive",
            "train filter --publish --dim 4 --folder models",
        ):
            with pytest.raises(SystemExit) as ended:
                main([*line.split(), "--store", "shop.lbug"])
            assert ended.value.code == 0
        yield here


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Say:
    """Runs a command line: its exit code, and all that it printed."""

    def run(*words: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as ended:
            main(words)
        told = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return ended.value.code, told.out + told.err

    return run


STORE = ("--store", "shop.lbug")


@pytest.mark.parametrize(
    ("line", "code", "told"),
    [
        ("recommend 3 --as-of ²", 2, "²"),
        ("recommend 3 -k 0", 2, "'k' cannot be"),
        ("recommend 3 -k x", 2, "--k"),
        ("recommend 3 -k 99999999999999999999", 2, "'k' cannot be"),
        ("recommend -3", 2, "recommend -- -3"),
        ("recommend -- -3", 5, "'-3'"),
        ("recommend", 2, "Name a user"),
        ("recommend 3 --weight graph=nan", 2, "graph"),
        ("recommend 3 --weight graph", 2, "part=weight"),
        ("similar -7", 2, "similar -- -7"),
        ("explain 3 -7", 2, "explain -- -7"),
        ("evaluate --days nan", 2, "days"),
        ("evaluate --days -1", 2, "days"),
        ("evaluate --days 1e308", 2, "days"),
        ("evaluate --from nowhere", 3, "nowhere"),
        ("evaluate --from nowhere --encoder gat", 2, "without an encoder"),
        ("blend --days nan", 2, "days"),
        ("blend --days inf", 2, "days"),
        ("blend --days 0", 2, "days"),
        ("tune ease --days nan", 2, "days"),
        ("tune ease --trials 0", 2, "trials"),
        ("tune ease --trials -5", 2, "trials"),
        ("tune ease --users 0", 2, "users"),
        ("tune ease --timeout nan", 2, "timeout"),
        ("tune nothing", 2, "nothing"),
        ("train filter --dim 0", 2, "dim"),
        ("train filter --dim -8", 2, "dim"),
        ("train gat --epochs -1", 2, "epochs"),
        ("train filter --seed -1", 2, "seed"),
        ("train filter --seed 99999999999999999999999", 2, "seed"),
        ("load shop.yaml --k-core -1", 2, "k_core"),
        ("load shop.yaml --session-gap nan", 2, "session_gap"),
        ("load shop.yaml --min-stars nan", 2, "min_stars"),
        ("load shop.yaml --max-bad nan", 2, "max_bad"),
        ("load shop.yaml --max-bad .5 --quarantine .", 2, ".csv or .jsonl"),
        ("load .", 2, ""),
        ("load shop.yaml/x", 2, ""),
        ("publish taken.npz", 3, "taken.npz"),
        ("publish .npz", 3, ".npz"),
        ("recommend-all --out lists.xlsx", 2, ".parquet"),
        ("recommend-all --out taken/lists.csv", 3, "taken"),
        ("recommend-all --out lists --shards 2 --not-brand Nobody", 5, "Nobody"),
        ("recommend-all --out . --shards 2", 3, "other files"),
        ("recommend-all --out lists --shards 0", 2, "shards"),
        ("recommend-all --out lists.csv --spark local[1]", 2, "--shards"),
        ("recommend-all", 2, "--out"),
        ("recommend-all --write --shards 2", 2, "with --shards a folder"),
        ("recommend-all --write", 2, "to Neo4j alone"),
        ("recommend-all --out lists --shards 2", 0, "recommendations for"),
        ("recommend 3 --encoder taken", 3, "taken"),
        ("recommend 3 --encoder .", 3, ""),
        ("queries nothing", 5, "nothing"),
        ("run nothing", 2, "nothing"),
        ("run .", 2, ""),
        ("serve --host=", 2, "--host"),
        ("serve --port 99999", 2, "--port"),
        ("serve --port -1", 2, "--port"),
        ("serve --workers 2 --cache memory", 2, "Redis"),
        ("serve --workers 2 --port -1", 2, "--port"),
        ("serve --workers 0", 2, "workers"),
        ("neo4j status --version x", 4, "version"),
        ("nothing", 2, "nothing"),
        ("--nothing", 2, "--nothing"),
    ],
)
def test_what_cannot_be_done_says_why(
    say: Say, line: str, code: int, told: str
) -> None:
    command, *words = line.split()
    asked = command in ("queries", "run", "neo4j", "nothing", "--nothing")
    found, text = say(command, *(() if asked else STORE), *words)
    assert found == code, text
    assert text.rstrip().rpartition("error ")[2].count("\n") <= 1
    assert told in text


@pytest.mark.parametrize(
    "line",
    [
        *["derive", "doctor", "models", "blend", "serve", "evaluate"],
        *("recommend 3", "similar 3", "explain 3 4", "tune ease", "rollback filter"),
        *("train filter", "train filter --publish", "recommend-all --out x.csv"),
        "publish models/filter.npz",
    ],
)
def test_only_load_makes_a_store(say: Say, line: str) -> None:
    code, told = say(*line.split(), "--store", "typo.lbug")
    assert code == 4
    assert "There is no store at typo.lbug" in told
    assert not list(Path().glob("typo*"))


@pytest.mark.parametrize(
    ("store", "code"),
    [
        ("", 2),
        (".", 4),
        ("taken", 4),
        ("taken/x", 4),
        ("orders.csv", 4),
        ("pipe", 4),
        ("~no-such-user/x", 4),
        ("x" * 300, 4),
        ("http://x", 2),
        ("bolt://", 2),
        ("bolt://[::1", 2),
        ("a\0b", 2),
    ],
)
def test_what_is_no_store_is_told(
    say: Say, monkeypatch: pytest.MonkeyPatch, store: str, code: int
) -> None:
    for name in ("NEO4J_URI", "NEO4J_PASSWORD"):
        monkeypatch.delenv(name, raising=False)
    for command in (["doctor"], ["load", "shop.yaml"], ["derive"]):
        found, told = say(*command, f"--store={store}")
        assert found == code, told


def test_titles_do_not_steer_the_terminal(say: Say) -> None:
    for line in ("recommend 3 --known any", "similar 4", "explain 3 4", "doctor"):
        code, told = say(*line.split(), *STORE)
        assert code == 0
        assert "\x1b]" not in told
    assert r"\x1b]0;owned" in say("similar", "4", *STORE)[1]
    assert "[red]Pear" in say("similar", "4", *STORE)[1]


def test_a_list_that_finds_no_room_is_told_and_not_left(folder: Path) -> None:
    words = f"'{sys.executable}' -m basketweave recommend-all --out lists.csv --store shop.lbug"
    full = "ulimit -f 1; exec "  # of 1 KB, after which every write fails
    done = subprocess.run(
        ["bash", "-c", full + words], check=False, capture_output=True, text=True, cwd=folder
    )  # fmt: skip
    assert done.returncode in (3, 4), done.stderr
    assert "Traceback" not in done.stderr
    assert not list(folder.glob("*lists.csv*"))


# --- anything ---

ODD = """
² nan inf -1 0 1 3 1e308 999999999999999999999999999999 [/] a=b graph=1 gnn=nan =1
new any time last-item filter recommend RATED 2024-13-45 1970-01-20 0001-01-01 9999-12-31
shop.yaml orders.csv . taken taken/x no/such ~no-such-user http://x bolt:// cuda:9 -- -5
models/filter.npz models/filter.pt mlflow: ☕ GROCERY --k
"""
VALUES = st.one_of(
    st.sampled_from([*ODD.split(), "", " ", "x\ny", "\x1b[31m", "\udcff", "x" * 300]),
    st.text(max_size=12).filter(lambda text: not {*text} & {*"\0/"}),
    st.integers().map(str),
    st.floats().map(str),
)
QUICK = [
    *("recommend", "similar", "explain", "queries", "models", "publish", "rollback"),
    *("use", "retire", "recommend-all", "doctor", "load", "derive"),
]


def _lines() -> st.SearchStrategy[list[str]]:
    root: Any = typer.main.get_command(app)
    names = [name for name in QUICK if name in root.commands]
    return st.sampled_from(names).flatmap(lambda n: _words(n, root.commands[n]))


@st.composite
def _words(draw: st.DrawFn, name: str, command: Any) -> list[str]:
    words, before = [], []
    for one in command.params:
        if one.param_type_name == "argument":
            usual = {"source": "shop.yaml", "user": "3", "item": "4"}.get(one.name)
            words += draw(st.sampled_from([[usual]] if usual else [[]]) | st.lists(VALUES, min_size=1, max_size=1))  # fmt: skip
        elif one.name == "store":
            before.append("--store=" + draw(st.just("shop.lbug") | VALUES))
        elif one.name == "out":
            before.append("--out=" + draw(st.just("x.csv") | VALUES))
        elif one.name != "help" and draw(st.integers(0, 3)) == 0:
            flag = one.opts[0]
            before.append(flag if one.is_flag else f"{flag}={draw(VALUES)}")
    return [name, *before, "--", *words]


@given(_lines())
@example(["recommend", "--store=shop.lbug", "--as-of=-62135596801", "--", "3"])
@example(["load", "--store=new.lbug", "--quarantine=taken/x", "--", "shop.yaml"])
def test_any_command_line_ends_as_documented(folder: Path, words: list[str]) -> None:
    shutil.copy("shop.lbug", "kept")
    os.environ["PYTHONWARNINGS"] = "default"
    try:
        with pytest.raises(SystemExit) as ended:
            main(words)
        assert ended.value.code in CODES
    finally:
        for left in Path().glob("shop.lbug*"):
            left.unlink()
        shutil.move("kept", "shop.lbug")
