"""A shop's way from its files to recommendations, on the command line."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import typer
from typer.testing import CliRunner

from basketweave.cli.app import app
from basketweave.errors import BasketweaveError, NotFoundError, UsageError

MAPPING = """
name: shop
events: {file: orders.csv, user: customer, item: sku, time: {column: at, format: iso}}
items: {file: products.csv, id: sku, title: name, brand: maker, categories: path}
"""


class Shop:
    """A folder with 40 customers' orders of 30 products, and a command line in it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.store = folder, str(folder / "shop.lbug")
        start = datetime(2024, 1, 1, tzinfo=UTC)
        orders = ["customer,sku,at"]
        for user in range(40):
            for visit in range(10):
                at = (start + timedelta(days=10 * visit + user % 7)).isoformat()
                for n in range(2):
                    # the customers' even and odd halves buy even and odd products
                    item = (user + 2 * (visit * (1 + user % 3) + n)) % 30
                    orders.append(f"{user},{item},{at}")
        products = ["sku,name,maker,path"]
        for i in range(30):
            products.append(f"{i},Product {i},Maker {i % 4},{'Even' if i % 2 else ''}")
        (folder / "orders.csv").write_text("\n".join(orders))
        (folder / "products.csv").write_text("\n".join(products))
        (folder / "shop.yaml").write_text(MAPPING)

    def run(self, *words: str) -> str:
        """What a command prints on stdout; raises what it raises."""
        found = CliRunner().invoke(
            app, [*words, "--store", self.store], catch_exceptions=True
        )
        if isinstance(found.exception, BasketweaveError):
            raise found.exception
        assert found.exit_code == 0, found.output
        return found.stdout

    def json(self, *words: str) -> Any:
        """The JSON document that a command prints."""
        return json.loads(self.run(*words, "--json"))

    def exit_code(self, *words: str) -> int:
        """What the command returns, as `main` gives it."""
        try:
            self.run(*words)
        except BasketweaveError as error:
            return error.exit_code
        return 0


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """The shop, loaded, derived, and with the graph filter live."""
    shop = Shop(tmp_path_factory.mktemp("shop"))
    loaded = shop.json("load", str(shop.folder / "shop.yaml"))
    assert (loaded["users"], loaded["items"], loaded["events"]) == (40, 30, 800)
    assert shop.json("derive")["co_purchased"] > 0
    models = str(shop.folder / "models")
    shop.run("train", "filter", "--publish", "--folder", models, "--dim", "8")
    return shop


def test_the_published_model_is_live(shop: Shop) -> None:
    (model,) = shop.json("models")
    assert (model["name"], model["status"]) == ("filter", "live")


def test_recommendations_come_with_their_ids_parts_and_models(shop: Shop) -> None:
    even = ["--weight", "gnn=1", "--weight", "graph=1", "--weight", "repeat=1"]
    found = shop.json("recommend", "3", "-k", "4", "--known", "any", *even)
    assert found["user"] == 3
    assert len(found["items"]) == 4
    assert all(isinstance(one["item"], int) for one in found["items"])
    assert found["models"] == {"gnn": "filter_v1"}
    assert {"graph", "gnn", "repeat"} <= set(found["items"][0]["parts"])


def test_a_model_without_weight_takes_no_part(shop: Shop) -> None:
    found = shop.json("recommend", "3", "-k", "4", "--weight", "graph=1")
    assert found["models"] == {}
    assert "gnn" not in found["items"][0]["parts"]


def test_lists_for_everyone_are_written_whole(shop: Shop) -> None:
    path = shop.folder / "lists" / "tonight.parquet"
    shop.run("recommend-all", "--out", str(path), "-k", "4", "--known", "any")
    lists = pl.read_parquet(path)
    assert lists["user"].unique(maintain_order=True).sort().to_list() == list(range(40))
    served = shop.json("recommend", "7", "-k", "4", "--known", "any")["items"]
    own = lists.filter(pl.col("user") == 7)
    assert own["item"].to_list() == [row["item"] for row in served]
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    with pytest.raises(UsageError, match=r"\.parquet, \.csv, \.jsonl"):
        shop.run("recommend-all", "--out", "lists.xlsx")


def test_a_recommendation_can_be_explained(shop: Shop) -> None:
    best = shop.json("recommend", "3", "--known", "any")["items"][0]
    told = shop.json("explain", "3", str(best["item"]))
    assert told["score"] == pytest.approx(best["score"])
    assert best["title"] in shop.run("explain", "3", str(best["item"]))


def test_similar_items_leave_out_the_item_itself(shop: Shop) -> None:
    found = [one["item"] for one in shop.json("similar", "4", "-k", "5")["items"]]
    assert len(found) == 5
    assert 4 not in found


def test_doctor_counts_what_was_loaded(shop: Shop) -> None:
    assert set(shop.json("doctor")) == {"stats", "findings"}


def test_evaluate_compares_the_blend_with_baselines(shop: Shop) -> None:
    folder = shop.folder / "report"
    asked = ["--days", "20", "--encoder", "none", "--baseline", "popularity"]
    report = shop.json("evaluate", *asked, "--folder", str(folder))
    assert "blend" in json.dumps(report)
    assert any(folder.iterdir())


def test_there_is_nothing_before_the_first_version(shop: Shop) -> None:
    assert shop.exit_code("rollback", "filter") in (2, 5)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["recommend", "nobody"], 5),
        (["explain", "3", "nothing"], 5),
        (["similar", "nothing"], 5),
        (["rollback", "nothing"], 5),
        (["recommend", "3", "-k", "0"], 2),
        (["recommend", "3", "--known", "never"], 2),
        (["recommend", "3", "--weight", "graph=much"], 2),
        (["recommend", "3", "--as-of", "soon"], 2),
        (["recommend"], 2),
        (["train", "magic"], 2),
        (["evaluate", "--encoder", "magic"], 2),
        (["evaluate", "--baseline", "magic"], 2),
        (["publish", "never-trained"], 3),
        (["load", "nowhere.yaml"], 2),
        (["load", "nothing-known"], 2),
    ],
)
def test_what_cannot_be_done_has_its_exit_code(
    shop: Shop, words: list[str], code: int
) -> None:
    assert shop.exit_code(*words) == code


@pytest.mark.parametrize("command", ["derive", "recommend 1", "doctor", "similar 1"])
def test_an_empty_store_is_told_and_not_a_crash(tmp_path: Path, command: str) -> None:
    empty = Shop(tmp_path)
    assert empty.exit_code(*command.split()) in (0, 3, 4, 5)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["train", "gat", "--device", "toaster"], "no device. Use auto, cpu"),
        (["train", "filter", "--as-of", "1990-01-01"], "no PURCHASED events to learn"),
        (["train", "gat", "--as-of", "1990-01-01"], "no PURCHASED events to train"),
        (["recommend", "3", "--weight", "luck=1"], "'luck' is not a part"),
        (["recommend", "3", "--as-of", "9" * 30], "beyond the year 9999"),
        (["recommend", "3", "-k", "9" * 30], ": Input should be less"),
        (["recommend", "nobody"], "session([items]), or --session ITEM"),
        (["load", "shop.yaml", "--max-bad", "7"], "'max_bad' cannot be 7.0"),
    ],
)
def test_an_error_says_what_to_do(shop: Shop, words: list[str], told: str) -> None:
    with pytest.raises(BasketweaveError) as raised:
        shop.run(*words)
    assert told in str(raised.value)


def test_a_folder_is_no_store(tmp_path: Path) -> None:
    found = CliRunner().invoke(app, ["doctor", "--store", str(tmp_path)])
    assert f"{tmp_path} is a folder. Name a file in it" in str(found.exception)


def test_a_file_that_holds_no_vectors_is_told(shop: Shop) -> None:
    junk = shop.folder / "junk.npz"
    junk.write_text("not vectors")
    with pytest.raises(BasketweaveError, match="not a file of vectors"):
        shop.run("publish", str(junk))


def test_a_folder_that_cannot_be_made_is_one_line(shop: Shop) -> None:
    (shop.folder / "taken").write_text("a file")
    asked = ["train", "filter", "--folder", str(shop.folder / "taken")]
    command = [sys.executable, "-m", "basketweave", *asked, "--store", shop.store]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 3
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith(f"error {shop.folder / 'taken'}: ")
    assert "Traceback" not in done.stderr


def test_nothing_to_recommend_is_said(shop: Shop) -> None:
    words = ("recommend", "3", "--known", "again", "--brand", "Maker 0")
    assert "nothing. Fewer rules" in shop.run(*words)
    with pytest.raises(NotFoundError, match="no brand"):
        shop.run("recommend", "3", "--brand", "nobody's")


def test_options_that_leave_no_event_are_told(tmp_path: Path) -> None:
    other = Shop(tmp_path)
    told = other.run("load", str(tmp_path / "shop.yaml"), "--k-core", "900")
    assert "No event is left." in told
    assert "Next:" not in told


def test_blend_learns_how_much_what_is_live_counts(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    shop.run("load", str(tmp_path / "shop.yaml"))
    shop.run("derive")
    models = str(tmp_path / "models")
    shop.run("train", "filter", "--publish", "--folder", models, "--dim", "8")
    learnt = shop.json("blend", "--days", "20", "--known", "new")
    assert set(learnt) == {"blend_new"}
    assert learnt["blend_new"]["gnn"] > 0
    found = shop.json("recommend", "3", "-k", "4")
    assert found["models"] == {"gnn": "filter_v1"}
    weights = {n: p["weight"] for n, p in found["items"][0]["parts"].items()}
    assert weights["gnn"] == pytest.approx(learnt["blend_new"]["gnn"], abs=1e-3)


def test_queries_lists_and_prints() -> None:
    listed = CliRunner().invoke(app, ["queries", "--json"])
    assert "recommend" in json.loads(listed.stdout)
    whole = CliRunner().invoke(app, ["queries", "recommend"])
    assert "MATCH" in whole.stdout


def _commands(found: Any, *before: str) -> list[tuple[str, ...]]:
    below = getattr(found, "commands", {}).items()
    return [before, *(w for n, c in below for w in _commands(c, *before, n))]


@pytest.mark.parametrize("words", _commands(typer.main.get_command(app)))
def test_every_command_has_help(words: tuple[str, ...]) -> None:
    found = CliRunner().invoke(app, [*words, "--help"])
    assert found.exit_code == 0
    assert "Usage" in found.stdout


def test_an_error_is_one_line_on_stderr_and_an_exit_code(shop: Shop) -> None:
    asked = ["recommend", "nobody", "--store", shop.store]
    command = [sys.executable, "-m", "basketweave", *asked]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 5
    assert done.stdout == ""
    assert done.stderr.startswith("error The store has no user 'nobody'.")
    assert len(done.stderr.strip().splitlines()) == 1
