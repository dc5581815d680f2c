"""Which version serves a part, and whose weights belong to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest

from basketweave.blend.settings import DEFAULT_WEIGHTS
from basketweave.errors import DataError, NotFoundError
from basketweave.graph import GraphStore, ModelCard, Vectors
from basketweave.graph.derive import derive
from basketweave.graph.vectors import serving
from basketweave.queries.question import question
from basketweave.serving.recommender import Recommender

Make = Callable[..., Vectors]
BLEND = ModelCard("blend_any", kind="blend", metrics={"validation NDCG@10": 0.25})
LEARNED = {"gnn": 0.75, "popularity": 0.25}


def _serves(store: GraphStore) -> dict[str, str]:
    return {part: version.key for part, version in serving(store.models()).items()}


def _blend(store: GraphStore) -> Any:
    (live,) = (
        one
        for one in store.models()
        if one.card.name == "blend_any" and one.status == "live"
    )
    return live


def _weights(store: GraphStore) -> dict[str, float]:
    """What a request with the published weights is answered with."""
    found = Recommender(store).recommend("ann", known="any")
    return {n: part.weight for n, part in found[0].parts.items() if part.weight}


def _learned(store: GraphStore, make_vectors: Make) -> None:
    derive(store)
    store.publish(make_vectors(1))
    store.publish_weights(BLEND, LEARNED)


def test_weights_belong_to_the_version_they_were_learned_with(
    loaded: GraphStore, make_vectors: Make
) -> None:
    """In one store: on Neo4j all statements are planned anew after each publish."""
    _learned(loaded, make_vectors)
    assert _blend(loaded).learned_with == {"gnn": "gat_v1"}
    assert not _blend(loaded).stale
    assert _weights(loaded) == LEARNED
    assert Recommender(loaded).notes("any") == ()
    _a_retired_blend_leaves_the_default_weights(loaded)
    loaded.publish(make_vectors(2))
    _weights_of_another_version_are_stale(loaded)
    loaded.rollback("gat")  # to the version that they were learned with
    assert not _blend(loaded).stale
    assert _weights(loaded) == LEARNED
    loaded.publish(make_vectors(2, "lightgcn"))
    _another_model_of_the_part_makes_them_stale_too(loaded)
    # of this part they know nothing
    loaded.publish(make_vectors(2, "sasrec", part="sequence"))
    assert not _blend(loaded).stale
    assert _weights(loaded) == {"gnn": 1.0}


def _a_retired_blend_leaves_the_default_weights(store: GraphStore) -> None:
    store.retire("blend_any")
    assert _weights(store) == DEFAULT_WEIGHTS["any"]
    store.use("blend_any")
    assert _weights(store) == LEARNED


def _weights_of_another_version_are_stale(store: GraphStore) -> None:
    assert _blend(store).stale
    assert _weights(store) == DEFAULT_WEIGHTS["any"]
    (note,) = Recommender(store).notes("any")
    assert "gat_v1" in note
    assert "gat_v2" in note
    assert "basketweave blend" in note
    assert Recommender(store).recommend("ann", known="any").notes == (note,)
    assert Recommender(store).recommend("ann", known="new").notes == ()
    own = Recommender(store).recommend("ann", known="any", weights=LEARNED)
    assert own.notes == ()
    assert own[0].parts["gnn"].weight == 0.75


def _another_model_of_the_part_makes_them_stale_too(store: GraphStore) -> None:
    assert _blend(store).stale
    store.use("gat")
    assert not _blend(store).stale
    store.retire("gat")
    assert _blend(store).stale
    store.publish_weights(BLEND, {"gnn": 1.0})
    assert not _blend(store).stale
    assert _blend(store).learned_with == {"gnn": "lightgcn_v1"}


def test_weights_learned_with_what_serves_no_more_are_stale_at_once(
    loaded: GraphStore, make_vectors: Make
) -> None:
    derive(loaded)
    loaded.publish(make_vectors(1))
    loaded.publish(make_vectors(2))
    loaded.publish_weights(BLEND, LEARNED, {"gnn": "gat_v1"})
    assert _blend(loaded).stale
    loaded.rollback("gat")
    assert not _blend(loaded).stale


def test_the_statement_pasted_into_the_browser_falls_back_in_the_same_way(
    loaded: GraphStore, make_vectors: Make
) -> None:
    if loaded.dialect != "neo4j":
        return  # the embedded store answers in Python
    _learned(loaded, make_vectors)
    printed = question("recommend").pasted({"user": "ann", "k": 6, "known": "any"})
    for expected in (LEARNED, DEFAULT_WEIGHTS["any"]):
        pasted = (
            loaded.run(printed.rstrip().removesuffix(";")).select("id", "score").rows()
        )
        given = Recommender(loaded).recommend(
            "ann", k=6, known="any", weights=dict(expected)
        )
        assert [item for item, _ in pasted] == [one.item for one in given]
        assert [score for _, score in pasted] == pytest.approx(
            [one.score for one in given]
        )
        loaded.publish(make_vectors(2))


def test_weights_of_an_earlier_version_belong_to_what_served_then(
    loaded: GraphStore, place: Any, make_vectors: Make
) -> None:
    _learned(loaded, make_vectors)
    if loaded.dialect == "ladybug":
        loaded.close()
        _older(place.uri)
    else:
        _older_node(place)
    with place.open() as store:
        assert not _blend(store).stale
        store.publish(make_vectors(2))
        assert _blend(store).stale
        assert _blend(store).learned_with == {"gnn": "gat_v1"}


def _older(path: str) -> None:
    """Take the columns away that an earlier version did not have."""
    import ladybug

    database = ladybug.Database(path)
    with ladybug.Connection(database) as connection:
        for column in ("servedSince", "learnedWith", "stale"):
            connection.execute(f"ALTER TABLE Model DROP {column}")
    database.close()


def _older_node(place: Any) -> None:
    from neo4j import GraphDatabase

    login = place.login["user"], place.login["password"]
    with GraphDatabase.driver(place.uri, auth=login) as driver:
        driver.execute_query(
            "MATCH (m:Model) REMOVE m.servedSince, m.learnedWith, m.stale"
        )


def test_which_version_serves_is_chosen_gone_back_from_and_retired(
    loaded: GraphStore, make_vectors: Make
) -> None:
    """In one store: on Neo4j all statements are planned anew after each publish."""
    derive(loaded)
    loaded.publish(make_vectors(1))
    loaded.publish(make_vectors(2))
    loaded.publish(make_vectors(3, "lightgcn"))
    assert _serves(loaded) == {"gnn": "lightgcn_v1"}
    _going_back_leaves_the_part_to_who_serves_it(loaded)
    _use_takes_a_version_too(loaded)
    _use_chooses_among_live_encoders_of_a_part(loaded)
    _a_retired_model_serves_no_more_and_can_be_used_again(loaded)


def _going_back_leaves_the_part_to_who_serves_it(store: GraphStore) -> None:
    store.rollback("gat")
    assert _serves(store) == {"gnn": "lightgcn_v1"}
    store.use("gat", 2)
    store.rollback("gat")
    assert _serves(store) == {"gnn": "gat_v1"}


def _use_takes_a_version_too(store: GraphStore) -> None:
    assert store.use("gat", 2).key == "gat_v2"
    assert store.use("gat", 1).key == "gat_v1"
    assert _serves(store) == {"gnn": "gat_v1"}
    with pytest.raises(NotFoundError, match=r"no version 3, but 2, 1"):
        store.use("gat", 3)
    with pytest.raises(NotFoundError, match="basketweave train cat --publish"):
        store.use("cat")


def _use_chooses_among_live_encoders_of_a_part(store: GraphStore) -> None:
    store.use("lightgcn")
    assert _serves(store) == {"gnn": "lightgcn_v1"}
    chosen = store.use("gat")
    assert (chosen.key, chosen.status) == ("gat_v1", "live")
    assert _serves(store) == {"gnn": "gat_v1"}
    store.use("lightgcn")
    assert _serves(store) == {"gnn": "lightgcn_v1"}
    found = Recommender(store).recommend("ann", weights={"gnn": 1}, known="any")
    assert found.models == {"gnn": "lightgcn_v1"}


def _a_retired_model_serves_no_more_and_can_be_used_again(store: GraphStore) -> None:
    retired = store.retire("lightgcn")
    assert (retired.key, retired.status) == ("lightgcn_v1", "retired")
    assert _serves(store) == {"gnn": "gat_v1"}
    store.retire("gat")
    assert _serves(store) == {}
    with pytest.raises(NotFoundError, match="basketweave use gat"):
        store.retire("gat")
    assert len(store.vectors("gat", 1).items)
    assert store.use("gat").key == "gat_v2", "the newest"
    assert _serves(store) == {"gnn": "gat_v2"}


def test_metrics_are_properties_that_a_query_reads(
    loaded: GraphStore, make_vectors: Make
) -> None:
    loaded.publish(make_vectors(metrics={"validation NDCG@10": 0.125, "best epoch": 3}))
    loaded.publish_weights(BLEND, LEARNED)
    rows = loaded.run(
        """
        MATCH (m:Model)
        RETURN m.name AS name, m.validationNDCG10 AS ndcg, m.bestEpoch AS epoch
        ORDER BY name
        """
    ).rows()
    assert rows == [("blend_any", 0.25, None), ("gat", 0.125, 3.0)]


def test_vectors_of_another_store_change_nothing(
    loaded: GraphStore, make_vectors: Make
) -> None:
    loaded.publish(make_vectors(1))
    before = loaded.models()
    given = make_vectors(2)
    for what in ("users", "items"):
        ids = getattr(given, what)
        strange = replace(given, **{what: ids + " of another store"})
        with pytest.raises(DataError, match=f"none of the {len(ids)} {what} of 'gat'"):
            loaded.publish(strange)
    assert loaded.models() == before


def test_vectors_that_the_store_has_no_node_for_are_left_out_and_counted(
    loaded: GraphStore, make_vectors: Make
) -> None:
    given = make_vectors()
    ids = given.items.to_list()
    some = replace(given, items=pl.Series([*ids[:4], "x", "y"]))
    version = loaded.publish(some)
    assert version.left_out == {"items": 2}
    found = loaded.vectors("gat")
    assert found.items.to_list() == ids[:4]
    assert np.array_equal(found.item_vectors, given.item_vectors[:4])
    assert found.users.to_list() == given.users.to_list()
    assert loaded.publish(given).left_out == {}
