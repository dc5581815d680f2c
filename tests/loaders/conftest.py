"""Fixtures of the loader tests: the published data, and small files to read."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from basketweave.loaders import Tables, load_tables

ROOT = Path(__file__).resolve().parents[2]
SHOP = """\
events:
  file: events.csv
  user: user
  item: item
  time: time
"""

Load = Callable[..., Tables]


@pytest.fixture
def data(monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the published data; a test that needs it fails without it."""
    default = ROOT.parent / "shared" / "data"
    folder = Path(os.environ.get("BASKETWEAVE_DATA", default))
    assert folder.is_dir(), f"Set BASKETWEAVE_DATA: there is no folder {folder}"
    monkeypatch.setenv("BASKETWEAVE_DATA", str(folder))
    return folder


@pytest.fixture
def load_csv(tmp_path: Path) -> Load:
    """Loads the text (or bytes) of an events.csv; `more` lines go into the mapping."""

    def load(content: str | bytes, more: str = "", **options: Any) -> Tables:
        raw = content if isinstance(content, bytes) else content.encode()
        (tmp_path / "events.csv").write_bytes(raw)
        mapping = tmp_path / "shop.yaml"
        mapping.write_text(SHOP + more, encoding="utf-8")
        return load_tables(str(mapping), **options)

    return load
