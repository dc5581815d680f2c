"""`connect`: which address opens what, and where credentials come from."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import basketweave.graph.neo4j
from basketweave.errors import UsageError
from basketweave.graph import connect

NAMES = ("NEO4J_URI", "NEO4J_USERNAME", "NEO4J_PASSWORD", "NEO4J_DATABASE")


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
        {"uri": uri, "user": "me", "password": "secret", "database": "shop"}
    ]


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
