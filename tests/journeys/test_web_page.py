"""The page in a real browser: clicks, keys, and what goes wrong."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from basketweave.graph import GraphStore, connect
from basketweave.graph.derive import derive
from basketweave.graph.tables import Tables
from basketweave.service import ServiceSettings, create_app
from basketweave.service.keys import Keys
from basketweave.service.server import running

pytestmark = pytest.mark.browser
ODD = '<img src=x onerror="document.title=1"> ☕ 買い物'
LONG = ("<script>document.title=1</script></div>" * 300)[:10_000]
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The Chromium of this machine, or else Playwright's own."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    with sync_playwright() as playwright:
        chromium = playwright.chromium
        opened = chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield opened
        opened.close()


def served(store: GraphStore) -> AbstractContextManager[str]:
    return running(create_app(store))


@pytest.fixture(scope="module")
def store(
    checkerboard: Tables, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[GraphStore]:
    """The checkerboard, two items of which have titles that would be markup."""
    items = checkerboard.items.with_columns(
        title=pl.col("id").replace_strict(
            {"a": ODD, "e": LONG}, default=pl.col("title")
        )
    )
    with connect(tmp_path_factory.mktemp("page") / "graph.lbug") as opened:
        opened.load(replace(checkerboard, items=items))
        derive(opened)
        yield opened


@pytest.fixture(scope="module")
def url(store: GraphStore) -> Iterator[str]:
    with served(store) as found:
        yield found


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh page that may reach this machine only, and whose faults are counted."""
    expect.set_options(timeout=20_000)
    opened = browser.new_page()
    opened.set_default_timeout(20_000)
    faults: list[str] = []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on("request", lambda asked: faults.extend(_elsewhere(asked.url)))
    yield opened
    opened.close()
    assert not faults


def _elsewhere(url: str) -> list[str]:
    return [] if url.startswith(("http://127.0.0.1:", "data:")) else [url]


def test_a_person_is_chosen_and_weights_are_moved(page: Page, url: str) -> None:
    page.goto(url)
    expect(page.get_by_role("status")).to_have_text("Choose a person.")
    page.get_by_label("Person", exact=True).fill("an")
    page.get_by_role("button", name="Person ann").click()
    expect(page.locator("#items > li")).to_have_count(3)
    expect(page.locator("#had")).to_contain_text(ODD)
    before = page.locator("#items .score").all_inner_texts()
    page.get_by_text("Weights of the parts").click()
    page.get_by_role("slider", name="popular").fill("1")
    page.get_by_role("slider", name="graph").fill("0")
    bar = page.locator("#items .bar").first
    expect(bar).to_have_attribute("aria-label", "popular 1.000")
    page.get_by_role("button", name="Back to the published ones").click()
    expect(page.locator("#items .score").first).to_have_text(before[0])


def test_a_session_is_clicked_together_and_taken_apart(page: Page, url: str) -> None:
    page.goto(url)
    page.get_by_label("a session").check()
    expect(page.get_by_role("status")).to_have_text("Add an item to begin a session.")
    page.get_by_role("button", name=f"Add {ODD}", exact=True).click()
    expect(page.get_by_role("status")).to_have_text("For this session")
    expect(page.locator("#items .title").first).to_have_text("Item C")
    expect(page.locator("#items .title", has_text=ODD)).to_have_count(0)
    expect(page.locator("#items")).to_contain_text(f"Holds {ODD}")
    page.locator("#items").get_by_role("button", name="to the session").first.click()
    expect(page.locator("#had > li")).to_have_count(2)
    page.reload()  # the address keeps the session
    expect(page.locator("#had > li")).to_have_count(2)
    page.get_by_role("button", name=f"Remove {ODD}").click()
    expect(page.locator("#had > li")).to_have_count(1)
    page.get_by_role("button", name="Empty the session").click()
    expect(page.locator("#items > li")).to_have_count(0)
    expect(page.locator("#had")).to_have_text("Nothing yet.")


def test_the_keyboard_is_enough(page: Page, url: str) -> None:
    page.goto(url)
    expect(page.get_by_role("button", name="Person ann")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_label("a session")).to_be_checked()
    expect(page.get_by_role("button", name="Add Item B")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.type("item b")
    expect(page.locator("#found > li").first).to_have_text("Item B b")
    page.keyboard.press("Enter")
    expect(page.locator("#had")).to_contain_text("Item B")


def test_a_title_is_never_markup(page: Page, url: str) -> None:
    page.goto(f"{url}/#who=user&user=bob")
    expect(page.locator("#items")).to_contain_text(ODD)
    expect(page.locator("#items")).to_contain_text(LONG)
    assert page.locator("#items script").count() == 0
    assert page.locator("img").count() == 0
    assert page.title() == "basketweave"


def test_an_unknown_person_and_a_search_for_nothing_are_told(
    page: Page, url: str
) -> None:
    page.goto(f"{url}/#who=user&user=%3Cb%3Enobody")
    expect(page.get_by_role("status")).to_contain_text("no user '<b>nobody'")
    page.get_by_label("Person", exact=True).fill("<i>")
    expect(page.locator("#found")).to_have_text("Nothing is called “<i>”.")


def test_an_empty_store_is_told(page: Page, tmp_path: Path) -> None:
    with connect(tmp_path / "empty.lbug") as empty, served(empty) as url:
        page.goto(f"{url}/#who=user&user=1")
        expect(page.locator("#about")).to_have_text("The store is empty.")
        expect(page.get_by_role("status")).to_contain_text("basketweave load")


def test_a_server_that_is_gone_is_told(page: Page, url: str) -> None:
    page.goto(f"{url}/#who=user&user=ann")
    expect(page.locator("#items > li")).to_have_count(3)
    page.context.set_offline(True)
    page.get_by_role("button", name="Person bob").click()
    expect(page.get_by_role("status")).to_contain_text("does not answer")


def test_a_key_is_asked_for_and_kept(
    page: Page, store: GraphStore, tmp_path: Path
) -> None:
    secret = Keys(tmp_path / "keys").create("page", ["read"])
    settings = ServiceSettings(keys=tmp_path / "keys")
    with running(create_app(store, settings)) as url:
        page.goto(f"{url}/#who=user&user=ann")
        expect(page.get_by_role("status")).to_contain_text("X-API-Key")
        page.get_by_label("Key").fill(secret)
        page.get_by_role("button", name="Use it").click()
        expect(page.locator("#items > li")).to_have_count(3)
        expect(page.locator("#key")).to_be_hidden()


def test_a_phone_shows_whole_numbers_and_nothing_beside_the_screen(
    page: Page, url: str
) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto(f"{url}/#who=user&user=ann")
    expect(page.locator("#items > li")).to_have_count(3)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    score = page.locator("#items .score").first
    line = page.locator("#status")  # of one line, in letters of the same size
    assert score.evaluate("e => e.offsetHeight") <= line.evaluate("e => e.offsetHeight")


def test_the_chosen_person_is_marked_in_the_list(page: Page, url: str) -> None:
    page.goto(url)
    page.get_by_role("button", name="Person ann").click()
    marked = page.locator("#found [aria-current=true]")
    expect(marked).to_have_text("ann")
    page.get_by_role("button", name="Person bob").click()
    expect(marked).to_have_text("bob")
