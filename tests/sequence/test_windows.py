"""Histories become windows and batches, checked by hand."""

from __future__ import annotations

import numpy as np
import torch

from basketweave.graph.subgraph import Events
from basketweave.sequence.windows import HistoryWindows, windows
from tests.graphs import events, histories


def read(*items: list[int]) -> Events:
    return events(histories(items))


def asked(found: HistoryWindows) -> list[tuple[list[int], list[int]]]:
    """What each window reads, and what it has to predict."""
    out = []
    for row in range(len(found)):
        batch = found.batch(torch.tensor([row]))
        out.append((batch.items.tolist(), batch.target.tolist()))
    return out


def test_every_prefix_is_a_sample_of_its_own() -> None:
    found = windows(read([5, 6, 7, 8], [9], [1, 2]), 2, every_position=False)
    assert asked(found) == [
        ([5], [6]),
        ([5, 6], [7]),
        ([6, 7], [8]),
        ([1], [2]),
    ]


def test_a_history_is_one_window_with_a_prediction_at_every_position() -> None:
    found = windows(read([5, 6, 7, 8], [9], [1, 2]), 50, every_position=True)
    assert asked(found) == [([5, 6, 7], [6, 7, 8]), ([1], [2])]


def test_windows_of_a_long_history_overlap_and_predict_each_item_once() -> None:
    found = windows(read(list(range(10))), 4, every_position=True)
    assert asked(found) == [
        ([0, 1, 2, 3], [1, 2, 3, 4]),
        ([2, 3, 4, 5], [5, 6]),
        ([4, 5, 6, 7], [7, 8]),
        ([5, 6, 7, 8], [9]),
    ]


def test_a_batch_holds_what_its_windows_hold_and_nothing_more() -> None:
    found = windows(read([1, 2, 3, 4], [5, 6], [7, 8, 9, 10]), 50, every_position=True)
    batch = found.batch(torch.tensor([0, 1, 2]))
    assert batch.items.tolist() == [5, 1, 2, 3, 7, 8, 9]
    assert batch.groups == [(1, 1), (2, 3)]
    assert batch.at.tolist() == [0, 1, 2, 3, 4, 5, 6]
    assert batch.target.tolist() == [6, 2, 3, 4, 8, 9, 10]


def test_with_prefixes_the_loss_stands_at_the_last_rows_only() -> None:
    found = windows(read([1, 2, 3], [4, 5, 6]), 50, every_position=False)
    batch = found.batch(torch.arange(4))
    assert batch.items.tolist() == [1, 4, 1, 2, 4, 5]
    assert batch.at.tolist() == [0, 1, 3, 5]
    assert batch.target.tolist() == [2, 5, 3, 6]


def test_an_epoch_predicts_everything_once_in_batches_of_about_the_size() -> None:
    rng = np.random.default_rng(0)
    histories = [list(range(n)) for n in rng.integers(2, 9, 200)]
    found = windows(read(*histories), 50, every_position=True)
    batches = list(found.batches(64))
    sizes = [len(batch.target) for batch in batches]
    assert sum(sizes) == sum(len(h) - 1 for h in histories)
    assert all(56 <= size <= 71 for size in sizes[:-1])
    assert sum(len(batch.items) for batch in batches) == sum(sizes)


def test_only_items_that_are_new_to_a_person_are_asked_for() -> None:
    found = windows(
        read([5, 6, 5, 7], [1, 1, 1], [2, 5]), 50, every_position=True, only_new=True
    )
    assert asked(found) == [([5, 6, 5], [6, 7]), ([2], [5])]
    assert found.predictions.tolist() == [2, 1]
