"""A request may name a published blend, and is answered as it was when that was live."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from basketweave.errors import NotFoundError, UsageError
from basketweave.graph import GraphStore, ModelCard, Vectors
from basketweave.graph.derive import derive
from basketweave.serving.recommender import Recommender


def _publish(store: GraphStore, weights: dict[str, float], known: str = "new") -> None:
    store.publish_weights(ModelCard(f"blend_{known}", kind="blend"), weights)


def test_a_blend_serves_as_it_did(
    loaded: GraphStore, make_vectors: Callable[..., Vectors]
) -> None:
    derive(loaded)
    client = Recommender(loaded)
    loaded.publish(make_vectors(1))
    _publish(loaded, {"gnn": 0.9, "popularity": 0.1, "power": 0.5})
    first, then = client.recommend("ann"), client.session(["a", "b"])
    assert first.blend == "blend_new_v1"
    loaded.publish(make_vectors(2))
    _publish(loaded, {"gnn": 0.9, "popularity": 0.1})
    second = client.recommend("ann")
    assert second.blend == "blend_new_v2"
    assert [one.score for one in second] != [one.score for one in first]
    for name in ("blend_new@1", "blend_new_v1"):
        again = client.recommend("ann", blend=name)
        assert again == first
        assert (again.blend, again.models) == ("blend_new_v1", {"gnn": "gat_v1"})
        assert client.session(["a", "b"], blend=name) == then
    assert client.recommend("ann", blend="blend_new@2") == second
    assert client.recommend("ann") == second

    with pytest.raises(
        NotFoundError, match=r"no blend 'blend_new@3'\. There are: blend"
    ):
        client.recommend("ann", blend="blend_new@3")
    with pytest.raises(UsageError, match="a blend_any does"):
        client.recommend("ann", blend="blend_new@1", known="any")
    with pytest.raises(UsageError, match="weights or a blend"):
        client.recommend("ann", blend="blend_new@1", weights={"graph": 1})

    loaded.publish(make_vectors(3))  # two versions are kept: the first one goes
    with pytest.raises(NotFoundError, match="gat_v1, which is no longer kept"):
        client.recommend("ann", blend="blend_new@1")
    stale = client.recommend("ann")
    assert stale.blend is None
    assert "are used" in stale.notes[0]
    assert client.recommend("ann", blend="blend_new@2") == second
