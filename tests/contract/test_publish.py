"""Publishing: one live version, exact vectors, and a way back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from basketweave.errors import NotFoundError, SchemaError
from basketweave.graph import GraphStore, ModelCard, Vectors
from basketweave.graph.derive import derive
from basketweave.graph.vectors import serving
from basketweave.serving.recommender import Recommender

Make = Callable[..., Vectors]


def _versions(store: GraphStore, name: str = "gat") -> list[tuple[int, str]]:
    return [(m.version, m.status) for m in store.models() if m.card.name == name]


def _same(left: Vectors, right: Vectors) -> bool:
    """Whether both have the same vectors for the same ids, bit by bit."""
    return all(
        dict(zip(a, map(bytes, u), strict=True))
        == dict(zip(b, map(bytes, v), strict=True))
        for a, u, b, v in (
            (left.users, left.user_vectors, right.users, right.user_vectors),
            (left.items, left.item_vectors, right.items, right.item_vectors),
        )
    )


def test_vectors_come_back_bit_by_bit(loaded: GraphStore, make_vectors: Make) -> None:
    given = make_vectors()
    version = loaded.publish(given)
    assert (version.version, version.status, version.dim) == (1, "live", 8)
    found = loaded.vectors("gat")
    assert found.item_vectors.dtype == np.float32
    assert _same(found, given)


def test_the_card_comes_back(loaded: GraphStore, make_vectors: Make) -> None:
    given = make_vectors(
        part="sequence",
        as_of=86_400,
        recipe={"layers": 2, "rates": [0.1, 0.2], "name": "it's `odd`"},
        metrics={"ndcg@10": 0.25},
        libraries={"torch": "2.4"},
    )
    loaded.publish(given)
    (model,) = loaded.models()
    assert model.card == given.card
    assert model.key == "gat_v1"
    assert model.trained_at.startswith("20")


def test_a_new_version_takes_the_live_ones_place_until_it_is_rolled_back(
    loaded: GraphStore, make_vectors: Make
) -> None:
    """In one store: on Neo4j all statements are planned anew after each publish."""
    loaded.publish(make_vectors(1))
    second = make_vectors(2)
    assert loaded.publish(second).version == 2
    assert _versions(loaded) == [(2, "live"), (1, "retired")]
    assert _same(loaded.vectors("gat"), second)
    assert _same(loaded.vectors("gat", 1), make_vectors(1))
    _rolling_back_makes_the_version_before_live(loaded, make_vectors)
    assert loaded.publish(make_vectors(3)).version == 3, "a new number"
    assert _same(loaded.vectors("gat"), make_vectors(3))


def _rolling_back_makes_the_version_before_live(
    store: GraphStore, make_vectors: Make
) -> None:
    assert store.rollback("gat").version == 1
    assert _versions(store) == [(2, "retired"), (1, "live")]
    assert _same(store.vectors("gat"), make_vectors(1))
    with pytest.raises(NotFoundError, match="gat"):
        store.rollback("gat")
    assert _versions(store) == [(2, "retired"), (1, "live")]


def test_only_so_many_versions_are_kept(loaded: GraphStore, make_vectors: Make) -> None:
    for seed in range(4):
        loaded.publish(make_vectors(seed), keep=2)
    assert _versions(loaded) == [(4, "live"), (3, "retired")]
    with pytest.raises(NotFoundError, match="gat"):
        loaded.vectors("gat", 1)
    loaded.publish(make_vectors(9), keep=1)
    assert _versions(loaded) == [(5, "live")]


def test_models_of_several_names_do_not_mix(
    loaded: GraphStore, make_vectors: Make
) -> None:
    loaded.publish(make_vectors(1))
    loaded.publish(make_vectors(2, "sas", part="sequence"))
    loaded.publish(make_vectors(3))
    assert _versions(loaded) == [(2, "live"), (1, "retired")]
    assert _versions(loaded, "sas") == [(1, "live")]
    assert _same(loaded.vectors("sas"), make_vectors(2, "sas"))


def test_what_was_never_published_is_told_with_the_next_step(
    loaded: GraphStore, make_vectors: Make
) -> None:
    assert loaded.models() == []
    with pytest.raises(NotFoundError, match="basketweave train gat --publish"):
        loaded.vectors("gat")
    with pytest.raises(NotFoundError):
        loaded.rollback("gat")


def test_weights_of_a_blend_are_versions_too(loaded: GraphStore) -> None:
    card = ModelCard("blend_any", kind="blend", metrics={"ndcg@10": 0.4})
    loaded.publish_weights(card, {"graph": 0.75, "popularity": 0.25})
    loaded.publish_weights(card, {"graph": 1.0})
    live = [m for m in loaded.models() if m.status == "live"]
    assert [(m.version, m.weights) for m in live] == [(2, {"graph": 1.0})]
    assert live[0].card.kind == "blend"
    assert loaded.rollback("blend_any").weights == {"graph": 0.75, "popularity": 0.25}


def test_a_name_that_cannot_be_a_property_is_refused(
    loaded: GraphStore, make_vectors: Make
) -> None:
    with pytest.raises(SchemaError):
        loaded.publish(make_vectors(name="x` DELETE n //"))
    assert loaded.models() == []


def test_vectors_may_be_of_some_users_and_items(
    loaded: GraphStore, make_vectors: Make
) -> None:
    whole = make_vectors()
    part = Vectors(
        whole.card,
        whole.users[:2],
        whole.items[3:],
        whole.user_vectors[:2],
        whole.item_vectors[3:],
    )
    loaded.publish(part)
    assert _same(loaded.vectors("gat"), part)


def test_another_opening_sees_what_was_published(
    place: Any, checkerboard: Any, make_vectors: Make
) -> None:
    with place.open() as store:
        store.load(checkerboard)
        store.publish(make_vectors())
    with place.open() as again:
        assert _versions(again) == [(1, "live")]
        assert _same(again.vectors("gat"), make_vectors())


def test_items_of_which_nothing_is_known_are_not_published(
    loaded: GraphStore, make_vectors: Make
) -> None:
    given = make_vectors()
    bare = np.arange(len(given.items)) >= len(given.items) - 2
    loaded.publish(replace(given, bare=bare))
    kept = replace(given, bare=bare).published()
    assert kept.items.to_list() == given.items[:-2].to_list()
    assert _same(loaded.vectors("gat"), kept)


def test_rolling_back_weights_goes_back_one_version_at_a_time(
    loaded: GraphStore,
) -> None:
    card = ModelCard("blend_any", kind="blend")
    for graph in (0.1, 0.2, 0.3):
        loaded.publish_weights(card, {"graph": graph})
    assert loaded.rollback("blend_any").weights == {"graph": 0.2}
    assert _versions(loaded, "blend_any")[:2] == [(3, "retired"), (2, "live")]


def test_of_two_live_encoders_of_a_part_the_one_published_last_serves(
    loaded: GraphStore, make_vectors: Make
) -> None:
    """Whatever their names: recommendations and similar items must use the same."""
    derive(loaded)
    client = Recommender(loaded)
    for seed, name in enumerate(("zebra", "gat", "zebra")):
        loaded.publish(make_vectors(seed, name))
        (user,) = loaded.export().ids["User"][:1]
        found = client.recommend(user, weights={"gnn": 1}, known="any")
        served = serving(loaded.models())["gnn"]
        assert served.card.name == name
        assert found.models == {"gnn": served.key}
        vectors = loaded.vectors(name)
        mine = vectors.user_vectors[vectors.users.to_list().index(user)]
        cosines = dict(zip(vectors.items, vectors.item_vectors @ mine, strict=True))
        for one in found:
            raw = one.parts["gnn"].raw
            assert raw == pytest.approx(cosines[str(one.item)], abs=1e-5)
        near = client.similar(str(found[0].item))
        values = [one.parts["gnn"].value for one in near]
        assert max(values) == pytest.approx(1)  # of the largest cosine
