"""A file with the checkerboard in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from basketweave.graph.embedded import LadybugStore
from basketweave.graph.tables import Tables


@pytest.fixture
def path(tmp_path: Path, checkerboard: Tables) -> Path:
    """A closed store with the checkerboard."""
    with LadybugStore(tmp_path / "graph.lbug") as store:
        store.load(checkerboard)
    return tmp_path / "graph.lbug"
