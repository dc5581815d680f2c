"""Fixtures of the loader tests: the published data, and small files to read."""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from basketweave.graph.tables import Tables
from basketweave.loaders import load_tables

PUBLISHED = {
    "beauty/sequences.txt.gz": "1 1 2 3\n2 6 2 1 4\n3 4 2\n",
    "beauty/items.jsonl.gz": """\
{"item": 1, "asin": "B01", "brand": ["Puritan&#39;s Pride"], "category": ["Beauty", "Hair"]}
{"item": 2, "asin": "B02", "brand": ["Miss J&amp;#039;s"], "category": ["Beauty"]}
{"item": 3, "asin": "B03", "brand": [], "category": ["Beauty", "Nails &amp; Tools", "Hair"]}
{"item": 4, "asin": "B04", "brand": [""], "category": ["Beauty"]}
{"item": 6, "asin": "B06", "brand": ["Miss J&amp;#039;s"], "category": ["Hair"]}
""",
    "beauty/item_item_edges.tsv.gz": """\
1\t2\talso_bought
2\t2\talso_bought
2\t3\talso_viewed
6\t4\tbought_together
""",
    "gowalla/train.txt.gz": "0 0 1 2\n1 2 3\n2\n",
    "gowalla/test.txt.gz": "0 3\n1 0 1\n",
    "retailrocket/train_sessions.txt.gz": "1 2 1 1\n3 4 3\n",
    "retailrocket/test_pairs.txt.gz": "4 4\t4\n2 3 3\t1\n",
    "all_beauty/All_Beauty_5.json.gz": """\
{"overall": 5.0, "reviewerID": "A1", "asin": "B01", "reviewText": "a", "unixReviewTime": 1472688000}
{"overall": 1.0, "reviewerID": "A2", "asin": "B01", "summary": "b", "unixReviewTime": 1384387200}
{"overall": 1.0, "reviewerID": "A2", "asin": "B01", "summary": "b", "unixReviewTime": 1384387200}
{"overall": 3.0, "reviewerID": "A2", "asin": "B02", "unixReviewTime": 1384387200}
""",
    "all_beauty/meta_partial.json": """\
{"B01": {"brand": "Citre &amp; Co", "title": "Shine&#39;s", "price": 1.5}}
""",
    "all_beauty/fusion_split_replica.json.gz": """\
{"train": [[7, [1, 8], 11], [9, [1], 8]], "val": [[7, [8], 11]], "test": [[9, [1, 8], 11]]}
""",
}
"""Files of a few lines, by their names below $BASKETWEAVE_DATA."""
SHOP = """\
events:
  file: events.csv
  user: user
  item: item
  time: {column: time, format: FORM}
"""

Load = Callable[..., Tables]


@pytest.fixture
def data() -> Path:
    """The folder of the published data; tests that need it are marked so."""
    folder = Path(os.environ["BASKETWEAVE_DATA"])
    assert folder.is_dir(), f"There is no folder {folder}: mend BASKETWEAVE_DATA."
    return folder


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of small data sets, made in the forms in which they are published."""
    folder = tmp_path / "data"
    for name, content in PUBLISHED.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        raw = content.encode()
        path.write_bytes(gzip.compress(raw) if path.suffix == ".gz" else raw)
    monkeypatch.setenv("BASKETWEAVE_DATA", str(folder))
    return folder


@pytest.fixture
def load_csv(tmp_path: Path) -> Load:
    """Loads the text (or bytes) of an events.csv; `more` lines go into the mapping.

    Times are positions (1, 2, 3) unless another `form` is said.
    """

    def load(
        content: str | bytes, more: str = "", form: str = "position", **options: Any
    ) -> Tables:
        raw = content if isinstance(content, bytes) else content.encode()
        (tmp_path / "events.csv").write_bytes(raw)
        mapping = tmp_path / "shop.yaml"
        mapping.write_text(SHOP.replace("FORM", form) + more, encoding="utf-8")
        return load_tables(str(mapping), **options)

    return load
