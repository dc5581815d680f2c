"""docker-compose.yml: safe as it stands, and set up as the private server is.

Docker Compose (`docker compose`, or `docker-compose` from 1.27 on) reads the file too;
that needs no Docker engine.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from basketweave.neo4j_server import DEFAULT_VERSION
from basketweave.neo4j_server.configuration import Memory, settings
from basketweave.neo4j_server.record import Record

Read = subprocess.CompletedProcess[str]
ROOT = Path(__file__).resolve().parents[2]
CONTROLS = {"NEO4J_AUTH"}  # read by the image itself, all others become settings


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.safe_load(text)["services"]
    return found


@pytest.fixture(scope="module")
def compose() -> list[str]:
    for command in (["docker", "compose"], ["docker-compose"]):
        if shutil.which(command[0]):
            done = subprocess.run(
                [*command, "version"], check=False, capture_output=True
            )
            if done.returncode == 0:
                return command
    pytest.fail(
        "Docker Compose is not installed: on Debian, apt install docker-compose"
    )


@pytest.fixture
def read_by(compose: list[str], tmp_path: Path) -> Callable[..., Read]:
    (tmp_path / ".env").touch()  # so that the checkout's own does not fill a gap
    known = {k: v for k, v in os.environ.items() if not k.startswith("NEO4J_")}
    options = ["--env-file", str(tmp_path / ".env"), "--file", "docker-compose.yml"]

    def read(**variables: str) -> Read:
        return subprocess.run(
            [*compose, *options, "config"],
            check=False,
            cwd=ROOT,
            env=known | variables,
            capture_output=True,
            text=True,
        )

    return read


def setting(variable: str) -> str:
    """The setting that the image makes of a variable: `a__b_c` is `a_b.c`."""
    name = variable.removeprefix("NEO4J_").replace("__", " ")
    return name.replace("_", ".").replace(" ", "_")


def test_the_image_is_the_default_version(services: dict[str, Any]) -> None:
    for service in services.values():
        assert service["image"] == f"neo4j:{DEFAULT_VERSION}-community"


def test_no_port_is_open_to_the_network(services: dict[str, Any]) -> None:
    ports = [port for service in services.values() for port in service.get("ports", [])]
    assert len(ports) == 2
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_the_settings_are_those_of_the_private_server(services: dict[str, Any]) -> None:
    ours = settings(Record(DEFAULT_VERSION, 7687, 7474), Memory("1g", "1g"))
    for variable, value in services["neo4j"]["environment"].items():
        if variable not in CONTROLS:
            assert ours[setting(variable)] in (value, value.split(":-")[-1].rstrip("}"))


def test_the_schema_that_is_mounted_exists(services: dict[str, Any]) -> None:
    source, target, mode = services["schema"]["volumes"][0].split(":")
    assert (ROOT / source).is_file()
    assert mode == "ro"
    assert f"--file={target}" in services["schema"]["entrypoint"]


@pytest.mark.compose
def test_compose_reads_the_file(read_by: Callable[..., Read]) -> None:
    done = read_by(NEO4J_PASSWORD="a-long-one", NEO4J_MEMORY="2g")
    assert done.returncode == 0, done.stderr
    read = yaml.safe_load(done.stdout)
    environment = read["services"]["neo4j"]["environment"]
    assert environment["NEO4J_AUTH"] == "neo4j/a-long-one"
    assert environment["NEO4J_server_memory_heap_max__size"] == "2g"
    condition = read["services"]["schema"]["depends_on"]["neo4j"]["condition"]
    assert condition == "service_healthy"


@pytest.mark.compose
def test_two_clones_live_side_by_side(read_by: Callable[..., Read]) -> None:
    own = {
        "NEO4J_HTTP_PORT": "8474",
        "NEO4J_BOLT_PORT": "8687",
        "NEO4J_VOLUMES": "mine",
    }
    read = yaml.safe_load(read_by(NEO4J_PASSWORD="a-long-one", **own).stdout)
    ports = str(read["services"]["neo4j"]["ports"])
    assert "8474" in ports
    assert "8687" in ports
    assert read["volumes"]["data"]["name"] == "mine-data"


def test_the_health_check_starts_no_java(services: dict[str, Any]) -> None:
    assert "cypher-shell" not in str(services["neo4j"]["healthcheck"]["test"])


@pytest.mark.compose
def test_compose_refuses_to_start_without_a_password(
    read_by: Callable[..., Read],
) -> None:
    done = read_by()
    assert done.returncode != 0
    assert "NEO4J_PASSWORD" in done.stderr
    assert "choose at least 8 characters" in done.stderr
