"""Vectors from what is said of an item."""

from __future__ import annotations

from basketweave.content.attributes import AttributeConfig, encode_attributes
from basketweave.graph.subgraph import Subgraph


def test_an_item_never_bought_is_nearest_to_its_own_kind(
    checkerboard_graph: Subgraph,
) -> None:
    vectors = encode_attributes(
        checkerboard_graph.until(1 * 86_400), AttributeConfig(dim=64)
    )
    place = {item: n for n, item in enumerate(vectors.items)}
    cosine = vectors.item_vectors @ vectors.item_vectors[place["e"]]
    assert cosine[place["c"]] > max(cosine[place[other]] for other in "bdf")
