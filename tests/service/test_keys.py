"""Keys: kept as hashes, asked for with their scopes, gone when revoked."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from basketweave.cli import main
from basketweave.errors import DataError, NotFoundError, UsageError
from basketweave.graph import GraphStore
from basketweave.service import ServiceSettings, create_app
from basketweave.service.keys import SCOPES, Keys


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return Keys(tmp_path / "shop.keys")


def test_a_key_is_kept_as_a_hash_that_only_its_owner_can_read(keys: Keys) -> None:
    secret = keys.create("shop", ["write", "read"])
    assert secret not in keys.path.read_text()
    assert keys.path.stat().st_mode & 0o077 == 0
    found = keys.find(secret)
    assert found is not None
    assert (found.name, found.scopes) == ("shop", ("read", "write"))
    assert keys.find(f"{secret}x") is None


def test_what_cannot_be_a_key_is_told(keys: Keys) -> None:
    keys.create("shop", ["read"])
    with pytest.raises(UsageError, match="taken"):
        keys.create("shop", ["read"])
    with pytest.raises(UsageError, match="Did you mean 'write'"):
        keys.create("page", ["wrote"])
    with pytest.raises(UsageError, match="needs a scope"):
        keys.create("page", [])
    with pytest.raises(NotFoundError, match="Did you mean 'shop'"):
        keys.revoke("shops")
    keys.path.write_text("{")
    with pytest.raises(DataError, match="no file of keys"):
        Keys(keys.path).list()


def test_a_service_asks_for_keys_and_scopes(store: GraphStore, keys: Keys) -> None:
    reader, writer = (keys.create(name, [name]) for name in ("read", "write"))
    app = create_app(store, ServiceSettings(keys=keys.path))

    def status(secret: str | bytes | None, path: str = "/api/about") -> int:
        given = secret.encode() if isinstance(secret, str) else secret
        shown = {} if given is None else {b"X-API-Key": given}
        return client.get(path, headers=shown).status_code

    with TestClient(app, base_url="https://shop.example") as client:
        assert status(reader) == 200
        assert status(writer) == 403
        for forged in (
            None,
            "",
            "bw_",
            reader[:-1],
            reader.upper(),
            "é" * 9,
            "x" * 9999,
        ):
            assert status(forged) == 401
        assert status(None, "/api/health/live") == 200
        assert status(None, "/") == 200
        keys.revoke("read")
        assert status(reader) == 401
        written = keys.path.read_text()
        keys.path.write_text("{")
        assert status(writer) == 503
        keys.path.write_text(written)
        assert status(writer) == 403
        keys.revoke("write")  # the last one does not open the door
        assert status(None) == 401


WRITES = {
    *{("POST", "/api/events"), ("DELETE", "/api/events"), ("POST", "/api/shown")},
    *{(verb, f"/api/{what}") for verb in ("POST",) for what in ("items", "users")},
    *{(verb, "/api/items/{item}") for verb in ("PUT", "PATCH")},
    *{(verb, "/api/users/{user}") for verb in ("PUT", "PATCH")},
}
DECIDES = {
    *{("DELETE", "/api/items/{item}"), ("DELETE", "/api/users/{user}")},
    *{("GET", "/api/models"), ("POST", "/api/models/{name}/rollback")},
}


def test_each_address_takes_keys_of_its_own_scope(
    store: GraphStore, keys: Keys
) -> None:
    secrets = {scope: keys.create(scope, [scope]) for scope in SCOPES}
    app = create_app(store, ServiceSettings(keys=keys.path))
    asked = [
        (verb.upper(), path)
        for path, verbs in app.openapi()["paths"].items()
        for verb in verbs
        if "/health/" not in path
    ]
    assert set(asked) > WRITES | DECIDES
    with TestClient(app, base_url="https://shop.example") as client:
        for verb, path in asked:
            decides, writes = (verb, path) in DECIDES, (verb, path) in WRITES
            own = "admin" if decides else "write" if writes else "read"
            for scope in set(SCOPES) - {own}:
                shown = {"X-API-Key": secrets[scope]}
                there = re.sub(r"\{.*?\}", "none", path)
                found = client.request(verb, there, headers=shown)
                assert found.status_code == 403, (verb, path, scope)
                assert f"scope '{own}'" in found.json()["detail"]


def test_each_key_has_a_rate_of_its_own(store: GraphStore, keys: Keys) -> None:
    one, other = (keys.create(name, ["read"]) for name in ("one", "other"))
    app = create_app(store, ServiceSettings(keys=keys.path, rate="2/minute"))
    with TestClient(app, base_url="https://shop.example") as client:
        found = [
            client.get("/api/about", headers={"X-API-Key": key}).status_code
            for key in (one, one, one, other)
        ]
    assert found == [200, 200, 429, 200]


def test_keys_are_made_listed_and_revoked_on_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(line: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as ended:
            main(["keys", *line.split(), "--store", str(tmp_path / "shop.lbug")])
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out + said.err

    code, secret = run("create page --scope read --scope write")
    assert code == 0
    assert Keys(tmp_path / "shop.lbug.keys").find(secret.strip())
    assert "read, write" in run("list")[1]
    assert run("revoke page")[0] == 0
    assert run("revoke page")[0] == NotFoundError.exit_code
    assert "no keys" in run("list")[1]
