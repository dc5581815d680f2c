"""Vectors in a file come back as they were; what is no such file is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from basketweave.content.attributes import AttributeConfig, encode_attributes
from basketweave.errors import DataError
from basketweave.graph.saved import load_vectors, save_vectors
from basketweave.graph.subgraph import Subgraph


def test_saved_vectors_come_back_as_they_were(
    checkerboard_graph: Subgraph, tmp_path: Path
) -> None:
    vectors = encode_attributes(checkerboard_graph, AttributeConfig(dim=4))
    save_vectors(vectors, tmp_path / "below" / "v.npz")
    found = load_vectors(tmp_path / "below" / "v.npz")
    assert found.card == vectors.card
    assert found.items.to_list() == vectors.items.to_list()
    assert (found.user_vectors == vectors.user_vectors).all()


def test_what_is_no_file_of_vectors_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="There are no vectors"):
        load_vectors(tmp_path / "none.npz")
    for garbage in (b"", b"garbage", b"PK\x03\x04 cut off"):
        (tmp_path / "bad.npz").write_bytes(garbage)
        with pytest.raises(DataError, match="is not a file of vectors"):
            load_vectors(tmp_path / "bad.npz")
