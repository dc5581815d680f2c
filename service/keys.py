"""Keys that clients show, kept as hashes in one file."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal, get_args

from basketweave.errors import DataError, NotFoundError, UsageError
from basketweave.shown import shown
from basketweave.suggest import did_you_mean
from basketweave.whole import whole, write_synced

Scope = Literal["read", "write", "admin"]
SCOPES: tuple[Scope, ...] = get_args(Scope)


@dataclass(frozen=True)
class Key:
    """What is kept of a key: its hash, what it is for, and what it may do.

    scopes   `read`: ask; `write`: events, items and users; `admin`: models, and what
             deletes
    """

    name: str
    hash: str
    scopes: tuple[Scope, ...]
    created: str


class Keys:
    """The keys of a file, which is read again when it has changed.

    A key is 32 random bytes, so a plain SHA-256 of it says nothing about it. Raises
    `DataError` where the file cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._seen: tuple[int, int] | None = None
        self._by_hash: dict[str, Key] = {}

    def __len__(self) -> int:
        return len(self._read())

    def find(self, secret: str) -> Key | None:
        """The key that a client showed; None where there is no such key."""
        return self._read().get(_hash(secret))

    def list(self) -> list[Key]:
        """All keys, the oldest first."""
        return list(self._read().values())

    def create(self, name: str, scopes: Iterable[str]) -> str:
        """Add a key and return its secret, which nobody can read again.

        Raises `UsageError` for a name that is taken or a scope that does not exist.
        """
        if not name.strip() or any(key.name == name for key in self.list()):
            raise UsageError(f"{shown(name)} is taken or empty. Choose another name.")
        secret = f"bw_{secrets.token_urlsafe(32)}"
        now = datetime.now(UTC).isoformat(timespec="seconds")
        self._write([*self.list(), Key(name, _hash(secret), _scopes(scopes), now)])
        return secret

    def revoke(self, name: str) -> None:
        """Take a key away; raises `NotFoundError` where none has this name."""
        kept = [key for key in self.list() if key.name != name]
        if len(kept) == len(self):
            meant = did_you_mean(name, [key.name for key in kept])
            raise NotFoundError(f"No key is called {shown(name)}.{meant}")
        self._write(kept)

    def _read(self) -> dict[str, Key]:
        try:
            stat = self.path.stat()
            if self._seen != (stat.st_mtime_ns, stat.st_ino):
                rows = json.loads(self.path.read_bytes())["keys"]
                self._by_hash = {key.hash: key for key in map(_key, rows)}
                self._seen = stat.st_mtime_ns, stat.st_ino
        except FileNotFoundError:
            self._by_hash, self._seen = {}, None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise DataError(
                f"{self.path} is no file of keys ({error}). Name another one: --keys FILE"
            ) from error
        return self._by_hash

    def _write(self, keys: Iterable[Key]) -> None:
        text = json.dumps({"keys": [asdict(key) for key in keys]}, indent=1)
        with whole(self.path) as file:
            write_synced(file, text.encode(), private=True)


def _key(row: dict[str, Any]) -> Key:
    return Key(row["name"], row["hash"], _scopes(row["scopes"]), row["created"])


def _scopes(names: Iterable[str]) -> tuple[Scope, ...]:
    found = set(names)
    for name in found.difference(SCOPES):
        meant = did_you_mean(name, SCOPES)
        raise UsageError(f"{shown(name)} is no scope.{meant} Use {', '.join(SCOPES)}.")
    if not found:
        raise UsageError(f"A key needs a scope. Use {', '.join(SCOPES)}.")
    return tuple(scope for scope in SCOPES if scope in found)


def _hash(secret: str) -> str:
    return sha256(secret.encode("utf-8", "replace")).hexdigest()
