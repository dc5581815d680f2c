"""The tour in the real Neo4j Browser of a private server, from its link to a picture."""

from __future__ import annotations

import shutil
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

import pytest
from playwright.sync_api import Page, sync_playwright

from basketweave.cli.tour import MARKDOWN, STYLE, TOUR, fill, link, values
from basketweave.graph import GraphStore
from basketweave.neo4j_server import ServerInfo
from basketweave.neo4j_server.pages import Pages
from basketweave.queries.question import question, questions
from basketweave.queries.saved import write_zip
from basketweave.queries.topics import TOPICS

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
WAIT = 180_000  # ms: the first plan of a recommendation, on a busy machine


def test_each_question_is_in_one_topic() -> None:
    shown = [name for names in TOPICS.values() for name in names]
    assert sorted(shown) == sorted(questions())


def test_saved_scripts_lie_in_folders_and_begin_with_their_name(tmp_path: Path) -> None:
    write_zip(tmp_path / "saved.zip", {"user": "ann"})
    with ZipFile(tmp_path / "saved.zip") as archive:
        assert len(archive.namelist()) == len(questions())
        script = archive.read("People/people_alike.cypher").decode()
    assert script.startswith("// people_alike\n")
    assert "toString('ann')" in script


@pytest.fixture
def pages() -> Iterator[Pages]:
    """The tour's pages, served on a free port."""
    with Pages({}, 0) as served:
        fill(served, {"user": "ann", "item": "bread"})
        threading.Thread(target=served.serve_forever, daemon=True).start()
        yield served
        served.shutdown()


def test_another_page_may_read_the_tour_after_its_preflight(pages: Pages) -> None:
    for path in (TOUR, STYLE, MARKDOWN):
        asked = urllib.request.Request(pages.url(path), method="OPTIONS")
        with urllib.request.urlopen(asked) as answer:
            assert answer.headers["Access-Control-Allow-Origin"] == "*"
            assert "cache-control" in answer.headers["Access-Control-Allow-Headers"]
        with urllib.request.urlopen(pages.url(path)) as answer:
            assert len(answer.read()) > 100


@pytest.fixture
def page() -> Iterator[Page]:
    found = next(filter(None, map(shutil.which, NAMES)), None)
    with sync_playwright() as playwright:
        chromium = playwright.chromium
        opened = chromium.launch(executable_path=found, args=["--no-sandbox"])
        tab = opened.new_page(viewport={"width": 1600, "height": 900})
        tab.set_default_timeout(WAIT)
        yield tab
        opened.close()


@pytest.mark.browser
def test_the_link_connects_plays_the_tour_and_draws_a_clear_picture(
    neo4j_shop: GraphStore,
    neo4j_server: ServerInfo,
    pages: Pages,
    page: Page,
    tmp_path: Path,
) -> None:
    given = values(neo4j_shop)
    assert given["user"] == "ann"
    fill(pages, given)
    page.goto(link(neo4j_server, pages.url(TOUR)))
    page.locator("input[type=password]").fill(neo4j_server.password)
    page.get_by_test_id("connect").click()
    page.get_by_text("You are connected as user").first.wait_for()
    for once in (":config", ":style"):
        page.locator("[exec-topic]").filter(has_text=once).click()
    page.get_by_test_id("guideNextSlide").click()
    page.locator("pre.runnable").first.click()
    page.get_by_test_id("editor-Run").click()
    page.locator("g.node").first.wait_for(state="attached")
    page.screenshot(path=tmp_path / "tour.png")
    assert 3 <= page.locator("g.node").count() <= 15
    assert 2 <= page.locator("g.relationship").count() <= 25
    assert page.locator("g.node").filter(has_text="ann").count() == 1
    assert page.locator("g.relationship").filter(has_text="0.5").count() >= 1


@pytest.mark.browser
def test_recommend_is_pasted_whole_as_it_is_printed_and_shows_its_rows(
    neo4j_shop: GraphStore, neo4j_server: ServerInfo, page: Page
) -> None:
    page.goto(link(neo4j_server, "").partition("&cmd")[0])
    page.locator("input[type=password]").fill(neo4j_server.password)
    page.get_by_test_id("connect").click()
    page.get_by_text("You are connected as user").first.wait_for()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.locator(".monaco-editor").first.click()
    printed = question("recommend").pasted({"user": "ann"})
    page.evaluate("text => navigator.clipboard.writeText(text)", printed)
    page.keyboard.press("Control+v")
    page.get_by_test_id("editor-Run").click()
    page.locator("article").first.get_by_text("Milk").first.wait_for()
