"""Files made by hand, and what is loaded from them."""

from __future__ import annotations

from pathlib import Path

from basketweave.graph.tables import Tables
from basketweave.loaders import load_tables


def load(folder: Path, mapping: str, **files: str) -> Tables:
    """Load what `mapping` says of these files: `e_csv` is the text of e.csv."""
    for name, content in files.items():
        (folder / name.replace("_", ".")).write_text(content, encoding="utf-8")
    (folder / "m.yaml").write_text(mapping, encoding="utf-8")
    return load_tables(str(folder / "m.yaml"))
