"""Each process its share of the rows."""

from __future__ import annotations

import torch

from basketweave.training.share import Share


def test_a_share_is_every_nth_row_and_all_have_equally_many() -> None:
    rows = torch.tensor([5, 6, 7, 8, 9])
    shares = [Share(rank, 2).of(rows).tolist() for rank in (0, 1)]
    assert shares == [[5, 7, 9], [6, 8, 5]]
    assert [Share(rank, 3).of(rows[:1]).tolist() for rank in range(3)] == [[5]] * 3
