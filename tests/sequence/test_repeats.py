"""What an item gains by standing in the history that is read."""

from __future__ import annotations

import numpy as np
import torch

from basketweave.graph.subgraph import Subgraph
from basketweave.sequence import HistoryReader, SASRecConfig
from basketweave.sequence.repeats import Own, Repeats
from basketweave.sequence.windows import HistoryBatch
from basketweave.training import train
from tests.graphs import events_graph, histories


def coming_back(n_users: int = 300, n_items: int = 40, length: int = 8) -> Subgraph:
    """After two new items each user comes back to the first of them, and so on."""
    rng = np.random.default_rng(0)
    new = rng.integers(0, n_items, (n_users, length))
    new[:, 2::3] = new[:, 0:-2:3]
    return events_graph(histories(new), n_users, n_items, unit=1)


def test_the_latest_items_stand_once_with_their_number() -> None:
    items = torch.tensor([7, 5, 6, 5, 5])  # the histories 7 and 5 6 5 5
    batch = HistoryBatch(
        items, [(1, 1), (1, 4)], torch.tensor([0, 2, 4]), torch.zeros(3)
    )
    own = Own.of(batch, 3)
    assert own.item.tolist() == [[7, -1, -1], [6, 5, -1], [5, -1, 6]]
    assert own.count[0, 0] == 1
    assert own.count[2].tolist()[::2] == [2, 1]


def test_the_bonus_is_that_of_the_latest_place_and_of_how_often() -> None:
    repeats = Repeats(3)
    repeats.place.data = torch.tensor([1.0, 2.0, 3.0])
    repeats.often.data = torch.tensor([10.0])
    bonus = repeats.of([np.array([8, 5, 6, 5]), np.array([7])], 9)
    assert bonus[0].nonzero().ravel().tolist() == [5, 6]  # 8 is too far back
    assert bonus[0, [5, 6]].tolist() == [1 + 10 * np.log(np.float32(2)), 2]
    assert bonus[1].tolist() == [0] * 7 + [1, 0]


def test_with_every_item_drawn_the_loss_is_that_of_the_whole_softmax() -> None:
    torch.manual_seed(0)
    queries, items = torch.randn(5, 4), torch.randn(9, 4)
    histories = [np.array(h) for h in ([1], [2, 2], [0, 3, 0], [4, 5, 6, 7], [8, 1])]
    target = torch.tensor([1, 3, 3, 8, 8])
    repeats = Repeats(3)
    torch.nn.init.normal_(repeats.place)
    torch.nn.init.normal_(repeats.often)
    logits = queries @ items.T + repeats.of(histories, 9)
    expected = torch.nn.functional.cross_entropy(logits, target)
    item = torch.full((5, 3), -1)
    for row, history in enumerate(histories):
        last = torch.from_numpy(history[::-1][:3].copy())
        item[row, : len(last)] = last
    drawn = torch.randperm(9)
    own = Own.once(item)
    found = repeats.loss(
        (queries * items[target]).sum(dim=1),
        queries @ items[drawn].T,
        (queries[:, None] * items[own.item.clamp(min=0)]).sum(dim=2),
        target,
        drawn,
        own,
    )
    torch.testing.assert_close(found, expected)
    found.backward()
    assert repeats.place.grad is not None
    assert torch.isfinite(repeats.place.grad).all()


def test_coming_back_to_an_item_is_learnt() -> None:
    small = {
        "dim": 8,
        "epochs": 8,
        "batch": 128,
        "negatives": 40,
        "learning_rate": 0.02,
    }
    graph = coming_back()
    plain, knows = (
        HistoryReader(train(graph, SASRecConfig(**small, repeats=n)).encoder, graph)
        for n in (0, 4)
    )
    rng = np.random.default_rng(1)
    histories = [rng.permutation(40)[:2] for _ in range(100)]

    def found(reader: HistoryReader) -> float:
        best = reader.score_histories(histories).argmax(axis=1)
        return float(np.mean([b == h[0] for b, h in zip(best, histories, strict=True)]))

    assert found(knows) > 0.9
    assert found(knows) > found(plain) + 0.2


def test_probabilities_are_those_of_the_scores() -> None:
    graph = coming_back()
    reader = HistoryReader(SASRecConfig(dim=8, repeats=3).build(graph), graph)
    histories = [np.array([1, 2]), np.array([3])]
    probabilities = reader.probabilities(histories)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)
    scores = reader.score_histories(histories)
    np.testing.assert_array_equal(scores.argsort(axis=1), probabilities.argsort(axis=1))
