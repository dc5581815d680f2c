"""Without a refit: what is learnt, what a question reads, and what is masked.

Three people, a to f; the bars stand before validation and before the test:

    ann  a b | c | d
    bob  b e | a | d
    dan  c d | e | a
"""

from __future__ import annotations

from math import log2
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from basketweave.baselines import Markov, OwnFrequency
from basketweave.blend.settings import BlendSettings
from basketweave.choosing.compare import Comparison, compare
from basketweave.choosing.encode import encode
from basketweave.choosing.sides import fitted
from basketweave.choosing.windows import Windows, windows_of
from basketweave.encoders import configured
from basketweave.graph.derive import DeriveConfig, FollowedBy
from basketweave.graph.schema import BRAND, ITEM, MADE_BY, PURCHASED, USER
from basketweave.graph.subgraph import Edges, Events, Subgraph
from basketweave.sequence import HistoryReader, SequenceEncoder
from basketweave.training import train

A, B, C, D, E, F = range(6)
HAD = [[A, B, C, D], [B, E, A, D], [C, D, E, A]]
TIED = (1 + 1 / log2(3) + 1 / 2) / 3
"""The expected gain of an item that shares the first three places."""


@pytest.fixture
def full() -> Subgraph:
    user = np.repeat(np.arange(3), 4)
    time = np.tile(np.arange(1, 5) * 86_400, 3)
    events = Events(user, np.concatenate(HAD), time, np.ones(12, np.float32))
    ids = {USER: ["ann", "bob", "dan"], ITEM: list("abcdef"), BRAND: list("ABCDEF")}
    brands = Edges(np.array([range(6), range(6)]))
    return Subgraph(
        {label: pl.Series(names) for label, names in ids.items()},
        {PURCHASED: events},
        {(ITEM, MADE_BY, BRAND): brands},
    )


@pytest.fixture
def windows(full: Subgraph) -> Windows:
    return windows_of(full, "last-item").without_refit()


def test_nothing_is_learnt_after_validation_begins_and_all_before_the_test_is_read(
    windows: Windows,
) -> None:
    test = windows.test
    for learnt in (windows.validation.train, test.train):
        assert learnt.events[PURCHASED].item.tolist() == [A, B, B, E, C, D]
    read = test.past.events[PURCHASED]
    assert read.item.tolist() == [A, B, C, B, E, A, C, D, E]
    assert test.activity.tolist() == [3, 3, 3]
    assert test.truth.indices.tolist() == [D, D, A]


def test_the_validation_item_is_masked(windows: Windows) -> None:
    test = windows.test.under("new")
    scores = test.scores(test.fitted(Markov()), slice(0, 3))
    assert [np.flatnonzero(row == -np.inf).tolist() for row in scores] == [
        [A, B, C],
        [A, B, E],
        [C, D, E],
    ]


def test_a_baseline_goes_on_from_the_validation_item_by_what_it_learnt_before_it(
    windows: Windows,
) -> None:
    """a -> b, b -> e, c -> d were seen; people are at c, a and e."""
    model = windows.test.fitted(Markov())
    after_c, after_a, after_e = model.score(np.arange(3))
    assert after_c.tolist() == [0, 0, 0, 1, 0, 0]
    assert after_a.tolist() == [0, 1, 0, 0, 0, 0]
    assert not after_e.any()
    own = windows.test.fitted(OwnFrequency()).score(np.arange(3))
    assert np.flatnonzero(own[0]).tolist() == [A, B, C]


def test_with_a_refit_the_baseline_learns_from_the_validation_item_too(
    full: Subgraph,
) -> None:
    test = windows_of(full, "last-item").test
    [after_e] = test.fitted(Markov()).score(np.array([2]))
    assert after_e.tolist() == [1, 0, 0, 0, 0, 0]


@pytest.mark.parametrize("edges", [(), ("FOLLOWED_BY",)])
def test_a_sequence_encoder_is_trained_once_and_reads_the_validation_item(
    windows: Windows, tmp_path: Path, edges: tuple[str, ...]
) -> None:
    config = configured("sasrec", dim=8, epochs=2, item_edges=edges)
    before, after = encode(windows, config, tmp_path, known="new")
    split = windows.validation
    trained = train(split.train, config, validation=split)
    assert isinstance(trained.encoder, SequenceEncoder)
    reads = HistoryReader(trained.encoder, split.train).histories
    for vectors, taken in ((before, 2), (after, 3)):
        assert np.array_equal(vectors.item_vectors, trained.vectors.item_vectors)
        said = reads([np.array(had[:taken]) for had in HAD])
        np.testing.assert_allclose(vectors.user_vectors, said, atol=1e-6)
    assert not np.allclose(before.user_vectors, after.user_vectors)


def test_a_person_is_like_the_validation_item_where_content_is_what_they_had_last(
    windows: Windows, tmp_path: Path
) -> None:
    config = configured("attributes", recent=1)
    _, after = encode(windows, config, tmp_path)
    cosines = after.user_vectors @ after.item_vectors.T
    assert cosines.argmax(axis=1).tolist() == [C, A, E]


def test_people_whose_vectors_are_learnt_stay_as_they_were_learnt(
    windows: Windows, tmp_path: Path
) -> None:
    before, after = encode(windows, configured("filter", dim=4), tmp_path)
    assert np.array_equal(before.user_vectors, after.user_vectors)
    assert np.array_equal(before.item_vectors, after.item_vectors)


def test_the_blend_walks_from_the_validation_item_over_what_was_derived_before_it(
    windows: Windows,
) -> None:
    once = DeriveConfig(followed_by=FollowedBy(backward=0))
    side = fitted(windows.test, [], BlendSettings(co_purchased=0), once)
    assert sorted(side.sources.start[0][0].tolist()) == [A, B, C]
    walked = {
        (int(i), int(j)) for i, j in zip(*side.sources.walk.nonzero(), strict=True)
    }
    assert walked == {(A, B), (B, E), (C, D)}


def test_evaluate_without_a_refit_ranks_by_the_printed_protocol(
    full: Subgraph, tmp_path: Path
) -> None:
    """Only ann is at an item of which something is known; with a refit dan is too,
    as bob took a after e."""
    asked = Comparison(
        protocol="last-item",
        known="new",
        encoder="none",
        baselines=("markov",),
        refit=False,
    )
    found = compare(full, asked, tmp_path)
    assert found.value("markov") == pytest.approx((1 + 2 * TIED) / 3)
    again = asked.model_copy(update={"refit": True})
    assert compare(full, again, tmp_path).value("markov") == pytest.approx(
        (2 + TIED) / 3
    )
