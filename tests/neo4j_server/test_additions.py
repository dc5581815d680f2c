"""What an owner adds to a private server stays, and does not open it to others."""

from __future__ import annotations

from pathlib import Path

import pytest

from basketweave.errors import UsageError
from basketweave.neo4j_server.additions import (
    add_plugins,
    add_settings,
    own_settings,
)
from basketweave.neo4j_server.home import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path / "home")
    made.create()
    return made


def test_settings_stay_until_they_are_taken_away(home: Home) -> None:
    add_settings(home, ["db.logs.query.enabled.x=1", "dbms.security.procedures.unrestricted=gds.*"])  # fmt: skip
    add_settings(home, ["db.logs.query.enabled.x="])
    assert own_settings(home) == {"dbms.security.procedures.unrestricted": "gds.*"}


@pytest.mark.parametrize(
    "setting",
    [
        "server.default_listen_address=0.0.0.0",
        "server.bolt.listen_address=0.0.0.0:1",
        "dbms.security.auth_enabled=false",
        "server.https.enabled=true",
        "no setting",
        "a=b\nserver.bolt.listen_address=0.0.0.0:1",
    ],
)
def test_what_would_open_the_server_or_is_no_setting_is_refused(
    home: Home, setting: str
) -> None:
    with pytest.raises(UsageError):
        add_settings(home, [setting])
    assert own_settings(home) == {}


def test_plugins_are_copied_to_where_they_are_loaded_from(
    home: Home, tmp_path: Path
) -> None:
    jar = tmp_path / "apoc.jar"
    jar.touch()
    add_plugins(home, [jar])
    assert (home.plugins / "apoc.jar").is_file()
    with pytest.raises(UsageError, match="no plug-in"):
        add_plugins(home, [tmp_path / "none.jar"])
