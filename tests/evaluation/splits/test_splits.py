"""Splits: what is trained on, what is asked, and that nothing leaks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import polars as pl
import pytest

from basketweave.errors import DataError, UsageError
from basketweave.evaluation import (
    Split,
    evaluate,
    given,
    given_sessions,
    holdout,
    leave_one_out,
    new_items,
    next_item,
    session_split,
    time_split,
)
from basketweave.graph.subgraph import FloatArray, IntArray, Subgraph
from basketweave.moments import DAY
from tests.graphs import edges, events, events_graph

N_ITEMS = 5


def graph(**kinds: list[tuple[int, int, int]]) -> Subgraph:
    """(user, item, day) rows of each kind; a brand, and what is derived."""
    bare = events_graph(
        [], ["ann", "bob", "cat", "dan"], list("abcde"), catalogue={"MADE_BY": [(0, 0)]}
    )
    return replace(
        bare,
        events={kind: events(rows) for kind, rows in kinds.items()},
        edges={("Item", "FOLLOWED_BY", "Item"): edges([(0, 1)]), **bare.edges},
    )


def shop() -> Subgraph:
    """ann buys a b a | a c; bob b | d; cat c a, only after it; dan a c, not after."""
    ann = [(0, 0, 1), (0, 1, 2), (0, 0, 3), (0, 0, 18), (0, 2, 20)]
    rest = [(1, 1, 4), (1, 3, 19), (2, 2, 14), (2, 0, 15), (3, 0, 5), (3, 2, 6)]
    return graph(PURCHASED=ann + rest)


def found(split: Split) -> dict[int, list[int]]:
    rows = split.truth.tolil().rows
    return {int(u): list(r) for u, r in zip(split.users, rows, strict=True)}


class Same:
    """Scores item n with n for everybody."""

    def score(self, users: IntArray) -> FloatArray:
        return np.tile(np.arange(N_ITEMS, dtype=np.float32), (len(users), 1))

    def score_histories(self, histories: list[IntArray]) -> FloatArray:
        return self.score(np.arange(len(histories)))


def test_a_time_split_trains_until_the_cut_and_asks_for_what_came_after() -> None:
    split = time_split(shop(), days=10)
    assert split.as_of == 10 * DAY
    assert split.train.events["PURCHASED"].time.max() <= split.as_of
    assert split.users.tolist() == [0, 1]
    assert split.offered.tolist() == [True, True, True, False, False]


def test_any_new_and_again_ask_for_all_unknown_and_known_items() -> None:
    split = time_split(shop(), days=10)
    assert found(split.under("any")) == {0: [0, 2]}
    assert found(split.under("new")) == {0: [2]}
    assert found(split.under("again")) == {0: [0]}


def test_a_rule_masks_what_it_does_not_ask_for() -> None:
    split = time_split(shop(), days=10)
    off = -np.inf
    for known, expected in {
        "any": [0, 1, 2, off, off],
        "new": [off, off, 2, off, off],
        "again": [0, 1, off, off, off],
    }.items():
        rows = split.under(known)  # type: ignore[arg-type]
        assert rows.scores(Same(), slice(0, 1)).tolist() == [expected]


def test_users_and_items_without_events_take_part_when_asked_for() -> None:
    split = time_split(shop(), days=10, cold=True)
    assert found(split.under("any")) == {0: [0, 2], 1: [3], 2: [0, 2]}


def test_validation_is_the_window_before_the_test() -> None:
    test = time_split(shop(), days=10)
    validation = time_split(test.train, days=2)
    assert validation.as_of == 4 * DAY
    assert validation.users.tolist() == []


def test_a_time_split_can_take_the_last_share_of_the_events() -> None:
    # Days 1 2 3 4 5 6 | 14 15 18 19 20: of 11 events the last 5, then 2 of those 6.
    test = time_split(shop(), share=0.45, cold=True)
    assert test.as_of == 6 * DAY
    assert found(test.under("any")) == {0: [0, 2], 1: [3], 2: [0, 2]}
    validation = time_split(test.train, share=0.33, cold=True)
    assert validation.as_of == 4 * DAY
    assert found(validation.under("any")) == {3: [0, 2]}


def test_seventy_fifteen_fifteen_is_two_splits() -> None:
    rows = [(day % 4, day % N_ITEMS, day) for day in range(100)]
    test = time_split(graph(PURCHASED=rows), share=0.15)
    validation = time_split(test.train, share=0.15 / 0.85)
    sizes = [len(part.train.events["PURCHASED"]) for part in (validation, test)]
    assert sizes == [70, 85]


def test_no_second_is_cut_in_two() -> None:
    rows = [(0, 0, 1), (1, 1, 2), (2, 2, 2), (3, 3, 2), (0, 1, 3)]
    split = time_split(graph(PURCHASED=rows), share=0.6, cold=True)
    assert found(split.under("any")) == {0: [1]}
    with pytest.raises(DataError, match="one second"):
        time_split(graph(PURCHASED=rows[1:4]), share=0.5)
    with pytest.raises(UsageError, match="share"):
        time_split(shop(), share=1.5)


def test_every_split_drops_the_item_edges_that_know_the_test_part() -> None:
    for split in (
        time_split(shop(), days=10),
        leave_one_out(shop()),
        holdout(shop(), 0.5),
        new_items(shop(), 0.5),
    ):
        assert list(split.train.edges) == [("Item", "MADE_BY", "Brand")]


def test_a_window_longer_than_the_data_is_refused() -> None:
    with pytest.raises(DataError, match="fewer days"):
        time_split(shop(), days=400)


def test_a_kind_without_events_is_refused() -> None:
    for split in (time_split, leave_one_out, holdout, new_items, session_split):
        with pytest.raises(DataError, match="PURCHASED"):
            split(shop(), kind="RATED")


def test_leave_one_out_asks_for_the_last_item_after_all_before_it() -> None:
    split = leave_one_out(shop())
    assert found(split) == {0: [2], 1: [3], 2: [0], 3: [2]}
    kept = split.train.events["PURCHASED"]
    assert kept.item[kept.user == 0].tolist() == [0, 1, 0, 0]
    known = leave_one_out(shop(), cold=False)
    assert found(known.under("new")) == {0: [2], 2: [0], 3: [2]}  # d is not in train


def test_validation_of_leave_one_out_knows_neither_it_nor_the_test_item() -> None:
    split = leave_one_out(shop(), position=2, known="any")
    assert found(split) == {0: [0]}
    kept = split.train.events["PURCHASED"]
    assert kept.item[kept.user == 0].tolist() == [0, 1, 0]
    assert kept.item[kept.user == 3].tolist() == [0]
    assert set(zip(kept.user, kept.time, strict=True)) <= set(
        zip(*(getattr(leave_one_out(shop()).train.events["PURCHASED"], name)
              for name in ("user", "time")), strict=True)
    )  # fmt: skip


def test_leave_one_out_keeps_only_earlier_events_of_other_kinds() -> None:
    views = [(0, 2, 19), (0, 2, 20), (0, 3, 21), (1, 3, 30), (2, 1, 40)]
    subgraph = graph(PURCHASED=[(0, 0, 1), (0, 2, 20), (1, 1, 2)], VIEWED=views)
    kept = leave_one_out(subgraph).train.events["VIEWED"]
    assert list(zip(kept.user, kept.time // DAY, strict=True)) == [
        (0, 19),
        (1, 30),
        (2, 40),
    ]


def test_a_holdout_takes_a_share_of_each_users_items_and_all_their_events() -> None:
    rows = [(u, i, 1) for u in range(4) for i in range(N_ITEMS)] + [(0, i, 2) for i in range(N_ITEMS)]  # fmt: skip
    subgraph = graph(PURCHASED=rows, VIEWED=rows)
    split = holdout(subgraph, share=0.4, seed=3)
    assert [len(items) for items in found(split).values()] == [2, 2, 2, 2]
    for kind in ("PURCHASED", "VIEWED"):
        kept = split.train.interactions(kind)
        assert kept.multiply(split.truth).nnz == 0
    assert len(split.train.events["PURCHASED"]) == 15


def test_a_holdout_is_the_same_for_the_same_seed() -> None:
    rows = [(u, i, 1) for u in range(4) for i in range(N_ITEMS)]
    one, two, other = (
        found(holdout(graph(PURCHASED=rows), 0.4, seed=s)) for s in (1, 1, 2)
    )
    assert one == two != other


def test_a_holdout_never_takes_all_that_a_user_has() -> None:
    rows = [(0, 0, 1), (1, 1, 1), (1, 2, 1), (2, 0, 1), (2, 1, 1), (2, 2, 1)]
    split = holdout(graph(PURCHASED=rows), share=0.99)
    assert set(split.users) == {1, 2}
    assert np.bincount(split.train.events["PURCHASED"].user).tolist() == [1, 1, 1]


def test_new_items_have_no_event_left_and_are_looked_for_among_themselves() -> None:
    rows = [(user, item, item) for user in range(4) for item in range(user, N_ITEMS)]
    split = new_items(graph(PURCHASED=rows), share=0.5, seed=1)
    new = np.flatnonzero(split.offered)
    assert 0 < len(new) < N_ITEMS
    assert not np.isin(split.train.events["PURCHASED"].item, new).any()
    everyone = {user: [i for i in new if i >= user] for user in split.users}
    assert found(split) == {user: items for user, items in everyone.items() if items}
    with pytest.raises(DataError, match="Hold out more"):
        new_items(graph(PURCHASED=rows), share=1e-9)


def test_a_given_test_set_is_matched_by_id() -> None:
    test = pl.DataFrame(
        {"user": ["dan", "ann", "zoe", "bob"], "item": ["b", "c", "a", "?"]}
    )
    train = time_split(shop(), days=10).train
    assert found(given(train, test)) == {0: [2], 3: [1]}


def test_a_session_split_gives_each_prefix_and_the_item_after_it() -> None:
    subgraph = graph(VIEWED=[(0, 0, 1), (0, 1, 2), (1, 2, 9), (1, 0, 9), (1, 2, 10)])
    split = session_split(subgraph, days=2)
    assert split.prefixes is not None
    assert [p.tolist() for p in split.prefixes] == [[2], [2, 0]]
    assert split.truth.toarray().argmax(axis=1).tolist() == [0, 2]
    assert found(split.under("any")) == {0: [0]}  # nobody saw item c before


def test_the_last_share_of_the_sessions_is_a_test_without_real_times() -> None:
    rows = [(0, 0, 1), (0, 1, 2), (1, 2, 3), (1, 0, 4), (2, 1, 5), (2, 0, 6),
            (2, 2, 7), (3, 1, 8), (3, 1, 9)]  # fmt: skip
    split = session_split(graph(VIEWED=rows), share=0.5)
    assert split.as_of == 5 * DAY - 1
    assert split.train.events["VIEWED"].item.tolist() == [0, 1, 2, 0]
    assert split.prefixes is not None
    assert [p.tolist() for p in split.prefixes] == [[1], [1, 0], [1]]
    assert split.truth.toarray().argmax(axis=1).tolist() == [0, 2, 1]
    longer = session_split(graph(VIEWED=rows), share=0.5, shortest=2)
    assert [p.tolist() for p in longer.prefixes or ()] == [[1, 0]]


def test_sessions_that_came_with_the_data_are_matched_by_id() -> None:
    train = graph(VIEWED=[(0, i, i) for i in range(N_ITEMS)])
    test = pl.DataFrame(
        {
            "prefix": [["b", "?", "a"], ["c"], ["?"], [], ["e", "e"]],
            "target": ["c", "?", "a", "b", "e"],
        }
    )
    split = given_sessions(train, test)
    assert [p.tolist() for p in split.prefixes or ()] == [[1, 0], [4, 4]]
    assert split.truth.toarray().argmax(axis=1).tolist() == [2, 4]
    assert split.known == "any"


@pytest.mark.parametrize("wrong", [{"share": 0.0}, {"share": 1.0}, {"shortest": 0}])
def test_a_session_split_that_cannot_be_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(UsageError, match=next(iter(wrong))):
        session_split(graph(VIEWED=[(0, 0, 1)]), **wrong)  # type: ignore[arg-type]


def test_sessions_are_scored_from_their_prefix() -> None:
    train = graph(VIEWED=[(0, i, 1) for i in range(N_ITEMS)])
    split = next_item(train, [np.array([4]), np.array([4, 3])], np.array([3, 2]))
    assert evaluate({"same": Same()}, split).value("same", "MRR@5") == pytest.approx(
        (1 / 2 + 1 / 3) / 2
    )
    new = evaluate({"same": Same()}, split, known="new")
    assert new.value("same", "MRR@5") == 1


def test_a_model_that_cannot_answer_is_told_which_verb_is_missing() -> None:
    class Neither:
        pass

    split = time_split(shop(), days=10)
    with pytest.raises(UsageError, match=r"score\(users\)"):
        evaluate({"neither": Neither()}, split)  # type: ignore[dict-item]


def test_scores_of_another_catalogue_are_refused() -> None:
    class Short:
        def score(self, users: IntArray) -> FloatArray:
            return np.zeros((len(users), 3), np.float32)

    with pytest.raises(DataError, match="shape"):
        evaluate({"short": Short()}, time_split(shop(), days=10))


def test_a_rule_that_leaves_nobody_is_refused() -> None:
    split = leave_one_out(graph(PURCHASED=[(0, 0, 1), (0, 1, 2), (1, 1, 1)]))
    with pytest.raises(DataError, match="again"):
        evaluate({"same": Same()}, split, known="again")


def test_figures_do_not_depend_on_the_size_of_the_blocks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.default_rng(0)
    rows = [(u, int(i), int(t)) for u in range(4) for t, i in enumerate(rng.permutation(N_ITEMS))]  # fmt: skip
    split = leave_one_out(graph(PURCHASED=rows))

    def values() -> npt.NDArray[np.float32]:
        return evaluate({"same": Same()}, split).users("same", "NDCG@5")

    whole = values()
    monkeypatch.setattr("basketweave.evaluation.splits.split.BLOCK", N_ITEMS)
    assert values().tolist() == whole.tolist()


def test_a_metric_that_was_not_measured_is_named() -> None:
    report = evaluate({"same": Same()}, time_split(shop(), days=10), ks=[1, 2])
    assert report.value("same", "HR@2") == 1
    with pytest.raises(UsageError, match="NDCG@1"):
        report.value("same", "NDCG@10")


def test_a_split_says_how_it_cuts_events_of_one_time() -> None:
    tied = graph(PURCHASED=[(0, 0, 1), (0, 1, 2), (0, 2, 2), (1, 0, 1), (1, 1, 2)])
    assert "1 of 2 share their time with others" in leave_one_out(tied).cut
    assert "share" not in leave_one_out(graph(PURCHASED=[(0, 0, 1), (0, 1, 2)])).cut
    assert "no second is cut in two" in time_split(tied, 0.5, cold=True).cut


@pytest.mark.parametrize("days", [float("nan"), float("inf"), 0, -1])
def test_a_number_of_days_that_is_none_is_refused(days: float) -> None:
    with pytest.raises(UsageError, match="no number of days"):
        time_split(shop(), days)
