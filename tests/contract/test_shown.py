"""What people were shown is kept in the graph, beside what they did."""

from __future__ import annotations

import pytest

from basketweave.errors import DataError, NotFoundError
from basketweave.graph import GraphStore
from basketweave.graph.derive import derive
from basketweave.graph.impressions import SHOWN_COLUMNS
from basketweave.graph.stats import doctor
from basketweave.serving.recommender import Recommender

ONE = {"answer": "a1", "user": "ann", "item": "b", "place": 1, "at": 1_000}
TWO = {**ONE, "item": "d", "place": 2, "propensity": 0.25, "experiment": "x"}
TWO |= {"group": "b", "blend": "blend_new_v1"}
LATER = {**ONE, "answer": "a2", "user": "bob", "at": 2_000}


def test_what_was_shown_is_read_in_order_and_goes_after_a_time(
    loaded: GraphStore,
) -> None:
    before, empty = loaded.export(), loaded.shown()
    assert empty.schema == SHOWN_COLUMNS
    assert empty.is_empty()
    assert loaded.record_shown([LATER, TWO, ONE]) == 3
    assert loaded.record_shown(TWO) == 1  # once more, which changes nothing
    found = loaded.shown()
    assert found.schema == SHOWN_COLUMNS
    assert found["item"].to_list() == ["b", "d", "b"]
    assert found.row(1, named=True) == {**TWO, "takenAt": None}
    assert loaded.shown(since=1_500)["answer"].to_list() == ["a2"]
    assert loaded.shown(experiment="x")["item"].to_list() == ["d"]
    asked = "MATCH (:User)-[shown:SHOWN]->(:Item) RETURN count(*) AS n"
    assert loaded.run(asked)["n"].to_list() == [3]
    after = loaded.export()
    assert after.events.keys() == before.events.keys()
    assert after.edges.keys() == before.edges.keys()
    told = [str(one) for one in doctor(loaded)]
    assert any("3 items of answers are kept as shown" in one for one in told)
    assert loaded.prune_shown(1_500) == 2
    assert loaded.prune_shown(1_500) == 0
    assert loaded.shown()["answer"].to_list() == ["a2"]


def test_an_event_may_cite_the_answer(loaded: GraphStore) -> None:
    loaded.record_shown([ONE, TWO])
    event = {"user": "ann", "item": "d", "answer": "a1"}
    loaded.record([{**event, "time": 1_600}, {**event, "time": 1_700}])
    loaded.record({**event, "item": "f", "time": 1_500, "answer": "unknown"})
    taken = dict(loaded.shown().select("item", "takenAt").iter_rows())
    assert taken == {"b": None, "d": 1_600}


def test_who_is_forgotten_was_shown_nothing(loaded: GraphStore) -> None:
    loaded.record_shown([ONE, TWO, LATER])
    assert loaded.forget_user("ann").shown == 2
    assert loaded.shown()["user"].to_list() == ["bob"]
    loaded.delete_items("b")
    assert loaded.shown().is_empty()


def test_an_answer_says_what_was_shown_of_it(loaded: GraphStore) -> None:
    derive(loaded)
    answer = Recommender(loaded).recommend("ann", 3)
    assert loaded.record_shown(answer.shown(experiment="x", group="a")) == 3
    found = loaded.shown()
    assert found["item"].to_list() == [one.item for one in answer]
    assert found["place"].to_list() == [1, 2, 3]
    assert set(found["answer"]) == {answer.id}
    assert Recommender(loaded).session(["a"]).shown() == []


WRONG: list[tuple[dict[str, object], str]] = [
    ({**ONE, "user": None}, "no user"),
    ({**ONE, "place": 0}, "places count from 1"),
    ({**ONE, "propensity": 0}, "not above 0"),
    ({**ONE, "propensity": "much"}, "no number"),
    ({**ONE, "at": 10**12}, "milliseconds"),
    ({**ONE, "palce": 1}, "Did you mean 'place'"),
]


def test_what_cannot_be_an_impression_is_refused(
    loaded: GraphStore, subtests: pytest.Subtests
) -> None:
    for wrong, says in WRONG:
        with subtests.test(says=says):
            told = f"Impression 2 cannot be recorded.*{says}"
            with pytest.raises(DataError, match=told):
                loaded.record_shown([ONE, wrong])
    assert loaded.shown().is_empty()


def test_only_who_and_what_is_there_was_shown(loaded: GraphStore) -> None:
    for wrong in ({**ONE, "user": "nobody"}, {**ONE, "item": "nothing"}):
        with pytest.raises(NotFoundError, match="nothing was recorded"):
            loaded.record_shown([ONE, wrong])
    loaded.record({"user": "new", "item": "newer"})
    loaded.record_shown({**ONE, "user": "new", "item": "newer"})
    assert loaded.shown()["user"].to_list() == ["new"]
