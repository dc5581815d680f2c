"""`connect`: which address opens what, and where credentials come from."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import traceback
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

import basketweave.graph.neo4j
from basketweave.errors import StoreError, UsageError
from basketweave.graph import connect
from basketweave.graph.connect import prefix_of

NAMES = (
    "NEO4J_URI",
    "NEO4J_USERNAME",
    "NEO4J_PASSWORD",
    "NEO4J_DATABASE",
    "BASKETWEAVE_TIMEOUT",
)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[dict[str, Any]]:
    """What a Neo4j store was opened with; no variables, and an empty folder."""
    calls: list[dict[str, Any]] = []

    def store(uri: str, **login: Any) -> None:
        calls.append({"uri": uri, **login})

    monkeypatch.setattr(basketweave.graph.neo4j, "Neo4jStore", store)
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return calls


@pytest.mark.parametrize("form", ["{}", "ladybug://{}", "LADYBUG://{}"])
def test_a_path_is_an_embedded_store(tmp_path: Path, form: str) -> None:
    path = tmp_path / "a b.lbug"
    with connect(form.format(path)) as store:
        assert store.dialect == "ladybug"
        assert store.uri == str(path)
    assert path.exists()


def test_a_path_object_and_a_home_folder_are_paths_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    connect(tmp_path / "one.lbug").close()
    connect("~/two.lbug").close()
    assert (tmp_path / "two.lbug").exists()


@pytest.mark.parametrize(
    "uri", ["http://here", "postgres://x", "ladybug://", "bolt+x://a"]
)
def test_another_kind_of_address_is_refused(uri: str) -> None:
    with pytest.raises(UsageError, match="neo4j://host:7687"):
        connect(uri)


@pytest.mark.parametrize("scheme", ["neo4j", "neo4j+s", "neo4j+ssc", "bolt", "bolt+s"])
def test_credentials_can_be_arguments(asked: list[dict[str, Any]], scheme: str) -> None:
    uri = f"{scheme}://host:7687"
    connect(uri, user="me", password="secret", database="shop")
    assert asked == [
        {
            "uri": uri,
            "user": "me",
            "password": "secret",
            "database": "shop",
            "prefix": None,
            "timeout": 15.0,
        }
    ]


def test_a_prefix_and_a_database_may_stand_in_the_address(
    asked: list[dict[str, Any]],
) -> None:
    connect("neo4j://me:secret@host:7687?prefix=bw&database=shop")
    assert asked[0]["uri"] == "neo4j://host:7687"
    assert (asked[0]["prefix"], asked[0]["database"]) == ("bw", "shop")
    assert prefix_of("neo4j://host?prefix=bw") == "bw"
    assert prefix_of("shop.lbug") is None
    with pytest.raises(UsageError, match="asks for what no store has"):
        connect("neo4j://host:7687?policy=eu")


def test_credentials_come_from_a_env_file_in_a_folder_above(
    asked: list[dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text(
        "NEO4J_URI=bolt://there:1\nNEO4J_USERNAME=me\nNEO4J_PASSWORD=secret\n"
    )
    (tmp_path / "inner").mkdir()
    monkeypatch.chdir(tmp_path / "inner")
    connect("neo4j://")
    assert asked[0]["uri"] == "bolt://there:1"
    assert (asked[0]["user"], asked[0]["password"]) == ("me", "secret")
    assert "NEO4J_PASSWORD" not in os.environ


def test_the_environment_overrules_the_env_file_and_arguments_both(
    asked: list[dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("NEO4J_PASSWORD=from_file\n")
    monkeypatch.setenv("NEO4J_PASSWORD", "from_environment")
    connect("bolt://host")
    connect("bolt://host", password="given")
    assert [call["password"] for call in asked] == ["from_environment", "given"]
    assert asked[0]["user"] == "neo4j"


@pytest.mark.parametrize(
    ("login", "user", "password"),
    [
        ("me:secret", "me", "secret"),
        ("me%40shop:p%40ss%3Aw%2Frd%25", "me@shop", "p@ss:w/rd%"),
        ("me:p@ss", "me", "p@ss"),
        ("me:pa/ss#1?x", "me", "pa/ss#1?x"),
        ("me:a:b", "me", "a:b"),
        ("me", "me", "from_environment"),
        (":secret", "neo4j", "secret"),
        ("", "neo4j", "from_environment"),
    ],
)
@pytest.mark.parametrize("setting", [False, True])
def test_a_login_in_an_address_is_used_and_taken_out_of_it(
    asked: list[dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
    login: str,
    user: str,
    password: str,
    setting: bool,
) -> None:
    monkeypatch.setenv("NEO4J_PASSWORD", "from_environment")
    address = f"neo4j+s://{login}@host:7687"
    monkeypatch.setenv("NEO4J_URI", address)
    connect("neo4j://" if setting else address)
    connect("neo4j://" if setting else address, user="other", password="given")
    assert [call["uri"] for call in asked] == ["neo4j+s://host:7687"] * 2
    assert (asked[0]["user"], asked[0]["password"]) == (user, password)
    assert (asked[1]["user"], asked[1]["password"]) == ("other", "given")


@pytest.mark.parametrize(
    "address",
    [
        "postgres://me:hunter2@host",
        "http://me:hunter2@host:7474",
        "neo4j:/me:hunter2@host",
        "neo4j:me:hunter2@host",
        "bolt+x://me:hunter2@host",
        "neo4j://me:hunter2@host/shop",
        "neo4j://me:hunter2@",
        "neo4j://:hunter2@",
    ],
)
def test_no_message_shows_the_password_of_an_address(
    asked: list[dict[str, Any]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    address: str,
) -> None:
    with pytest.raises(UsageError) as refused:
        connect(address)
    assert "hunter2" not in str(refused.value)
    monkeypatch.setenv("NEO4J_URI", address)
    with pytest.raises(UsageError) as refused:
        connect("neo4j://", password="x")
    assert "hunter2" not in str(refused.value)
    assert asked == []
    assert list(tmp_path.iterdir()) == []


def test_a_time_out_is_an_argument_or_a_variable(
    asked: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEO4J_PASSWORD", "x")
    monkeypatch.setenv("NEO4J_DATABASE", "shop")
    monkeypatch.setenv("BASKETWEAVE_TIMEOUT", "2.5")
    connect("bolt://host")
    connect("bolt://host", timeout=4, database="other")
    assert [call["timeout"] for call in asked] == [2.5, 4.0]
    assert [call["database"] for call in asked] == ["shop", "other"]


@pytest.mark.usefixtures("asked")
@pytest.mark.parametrize("seconds", ["0", "-1", "nan", "inf", "soon"])
def test_a_time_out_that_is_no_time_is_refused(
    monkeypatch: pytest.MonkeyPatch, seconds: str
) -> None:
    monkeypatch.setenv("BASKETWEAVE_TIMEOUT", seconds)
    with pytest.raises(UsageError, match="BASKETWEAVE_TIMEOUT"):
        connect("bolt://host", password="x")


@pytest.mark.usefixtures("asked")
def test_what_is_missing_is_said_with_the_next_step() -> None:
    with pytest.raises(UsageError, match="NEO4J_PASSWORD"):
        connect("bolt://host")
    with pytest.raises(UsageError, match="NEO4J_URI"):
        connect("neo4j://", password="x")


def test_the_package_loads_no_engine_before_it_is_used() -> None:
    code = (
        "import sys, basketweave, basketweave.graph as g; g.connect;"
        "print([m for m in ('polars', 'torch', 'ladybug', 'neo4j') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("scheme", ["bolt", "neo4j"])
def test_a_port_that_never_answers_is_given_up(scheme: str) -> None:
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        address = f"{scheme}://me:hunter2@127.0.0.1:{mute.getsockname()[1]}"
        with pytest.raises(StoreError, match="Start it") as given_up:
            connect(address, timeout=0.5)
    shown = "".join(traceback.format_exception(given_up.value))
    assert "hunter2" not in shown


@pytest.mark.parametrize("scheme", ["bolt", "neo4j", "bolt+s"])
def test_a_port_that_speaks_http_is_no_neo4j(scheme: str) -> None:
    with HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        answering = Thread(target=server.serve_forever)
        answering.start()
        address = f"{scheme}://127.0.0.1:{server.server_port}"
        try:
            with pytest.raises(StoreError, match="No Neo4j answers"):
                connect(address, password="x", timeout=1)
        finally:
            server.shutdown()
            answering.join()
