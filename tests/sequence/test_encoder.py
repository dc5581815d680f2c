"""What SASRec and GRU4Rec must do, on a small chain of items."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from basketweave.baselines import Popularity
from basketweave.encoders import load_encoder, save_encoder
from basketweave.encoders.registry import configured
from basketweave.errors import TrainingError, UsageError
from basketweave.evaluation import evaluate, leave_one_out
from basketweave.gnn import GraphFilterConfig, with_items
from basketweave.graph import connect
from basketweave.graph.derive import derive
from basketweave.graph.saved import load_vectors, save_vectors
from basketweave.graph.schema import PURCHASED
from basketweave.graph.subgraph import Edges, Subgraph
from basketweave.graph.tables import Tables
from basketweave.sequence import (
    GRU4RecConfig,
    HistoryReader,
    SASRecConfig,
    SequenceConfig,
)
from basketweave.serving.recommender import Recommender
from basketweave.training import train
from basketweave.training.validation import CosineScores
from tests.graphs import events_graph, histories

SMALL = {"dim": 16, "epochs": 2, "batch": 64, "learning_rate": 0.01}
CONFIGS: list[SequenceConfig] = [
    SASRecConfig(**SMALL),
    GRU4RecConfig(**SMALL, hidden=24),
]
FORMS: list[SequenceConfig] = [
    *CONFIGS,
    SASRecConfig(**SMALL, every_position=False),
    SASRecConfig(**SMALL, catalogue=0, negatives=10),
    SASRecConfig(**SMALL, item_edges=("FOLLOWED_BY",), hops=2, spectral=True),
    GRU4RecConfig(**SMALL, attributes=False, average=0, smoothing=0.1),
]


def chain(n_users: int = 60, n_items: int = 24, length: int = 9) -> Subgraph:
    """Each user walks along the items: four times of five to the next one.

    Items 0 … 5 are of category c0, the next six of c1, and so on; the last user has
    bought nothing and the last item has not been bought.
    """
    rng = np.random.default_rng(0)
    step = np.where(rng.random((n_users, length)) < 0.8, 1, rng.integers(2, 9))
    step[:, 0] = rng.integers(0, n_items, n_users)
    items = step.cumsum(axis=1) % n_items
    categories = [(i, i // 6) for i in range(n_items)]
    return events_graph(
        histories(items),
        n_users + 1,
        n_items + 1,
        unit=1,
        catalogue={"IN_CATEGORY": categories, "MADE_BY": [(0, 0), (1, 0)]},
        Category=4,
        Brand=["north"],
    )


def named(config: SequenceConfig) -> str:
    return f"{config.model}-{FORMS.index(config) if config in FORMS else ''}"


@pytest.mark.parametrize("config", FORMS, ids=named)
def test_vectors_have_length_one_and_say_which_part_they_feed(
    config: SequenceConfig,
) -> None:
    vectors = train(chain(), config, seed=1).vectors
    assert vectors.user_vectors.shape == (61, 16)
    assert vectors.item_vectors.shape == (25, 16)
    assert (vectors.card.part, vectors.card.name) == ("sequence", config.name)


@pytest.mark.parametrize("config", CONFIGS, ids=named)
def test_the_future_does_not_change_a_state(config: SequenceConfig) -> None:
    """So one pass over a history trains all its prefixes as they would be served."""
    encoder = config.build(chain()).eval()
    items = torch.randn(25, 16)
    history = torch.tensor([3, 1, 4, 1, 5])
    whole = encoder.read(items, history, [(1, 5)])
    for n in range(1, 6):
        prefix = encoder.read(items, history[:n], [(1, n)])
        torch.testing.assert_close(whole[:n], prefix, atol=1e-5, rtol=0)


@pytest.mark.parametrize("config", CONFIGS, ids=named)
def test_the_order_of_the_past_does_change_a_state(config: SequenceConfig) -> None:
    reader = HistoryReader(train(chain(), config, seed=1).encoder, chain())
    one, other = reader.histories([np.array([1, 2, 3, 4]), np.array([3, 2, 1, 4])])
    assert np.abs(one - other).max() > 0.001


@pytest.mark.parametrize("config", CONFIGS, ids=named)
def test_histories_read_together_are_read_as_if_alone(config: SequenceConfig) -> None:
    reader = HistoryReader(config.build(chain()), chain())
    lists = [np.arange(n) % 24 for n in (5, 2, 70, 5, 0, 1)]
    together = reader.histories(lists)
    alone = np.concatenate([reader.histories([one]) for one in lists])
    np.testing.assert_allclose(together, alone, atol=1e-5)
    assert not together[4].any()
    np.testing.assert_allclose(reader.histories([lists[2][-50:]])[0], together[2])


@pytest.mark.parametrize("config", CONFIGS, ids=named)
def test_a_user_is_what_the_reader_makes_of_their_history(
    config: SequenceConfig,
) -> None:
    trained = train(chain(), config, seed=1)
    events = chain().events[PURCHASED]
    lists = [events.item[events.user == u] for u in range(5)]
    reader = HistoryReader(trained.encoder, chain())
    np.testing.assert_allclose(
        reader.histories(lists), trained.vectors.user_vectors[:5], atol=1e-5
    )
    np.testing.assert_allclose(
        reader.score_histories(lists), trained.score(np.arange(5)), atol=1e-5
    )


@pytest.mark.parametrize("config", FORMS, ids=named)
def test_training_that_was_broken_off_ends_as_if_it_had_not(
    config: SequenceConfig, tmp_path: Path
) -> None:
    whole = config.model_copy(update={"epochs": 3})
    half = config.model_copy(update={"epochs": 1})
    unbroken = train(chain(), whole, seed=3).vectors
    train(chain(), half, seed=3, checkpoint=tmp_path / "run.pt")
    resumed = train(chain(), whole, seed=3, checkpoint=tmp_path / "run.pt").vectors
    np.testing.assert_array_equal(resumed.item_vectors, unbroken.item_vectors)
    np.testing.assert_array_equal(resumed.user_vectors, unbroken.user_vectors)


@pytest.mark.parametrize("config", CONFIGS, ids=named)
def test_a_saved_model_encodes_the_same(config: SequenceConfig, tmp_path: Path) -> None:
    trained = train(chain(), config, seed=1)
    save_encoder(trained.encoder, tmp_path / "model.pt")
    again = load_encoder(tmp_path / "model.pt").encode(chain())
    np.testing.assert_array_equal(again.user_vectors, trained.vectors.user_vectors)
    np.testing.assert_array_equal(again.item_vectors, trained.vectors.item_vectors)


@pytest.mark.parametrize("config", CONFIGS, ids=named)
def test_it_learns_the_chain_that_popularity_cannot_see(
    config: SequenceConfig,
) -> None:
    split = leave_one_out(chain(n_users=200), known="any")
    trained = train(split.train, config.model_copy(update={"epochs": 25}), seed=0)
    report = evaluate(
        {
            "sequence": CosineScores(trained.vectors),
            "popularity": Popularity().fit(split.train),
        },
        split,
        [1],
    )
    assert report.value("sequence", "Recall@1") > 0.6
    assert report.value("popularity", "Recall@1") < 0.2


def test_an_item_never_seen_stands_with_those_of_its_category() -> None:
    config = SASRecConfig(**SMALL | {"epochs": 40}, id_dropout=0.5)
    encoder = train(chain(n_users=200), config, seed=0).encoder
    grown = with_items(chain(n_users=200), ["new"], {"new": ["c1"]})
    items = encoder.encode(grown).item_vectors
    near = (items[:24] @ items[-1]).reshape(4, 6).mean(axis=1)
    assert near.argmax() == 1


def test_an_item_without_its_id_is_the_mean_of_its_attributes() -> None:
    config = SASRecConfig(dim=8, id_dropout=0.999999)
    encoder = config.build(chain())
    item_inputs = encoder.item_inputs(chain())
    vectors = encoder.train().items(item_inputs)
    table = encoder.items.attribute.weight  # 1 … 4 the categories, 5 the brand
    torch.testing.assert_close(vectors[0], (table[1] + table[5]) / 2)
    torch.testing.assert_close(vectors[2], table[1])
    torch.testing.assert_close(vectors[8], table[2])
    whole = encoder.eval().items(item_inputs)
    torch.testing.assert_close(whole[8], table[2] + encoder.items.id.weight[9])


def test_edges_of_the_subgraph_carry_item_vectors() -> None:
    config = SASRecConfig(dim=8, item_edges=("FOLLOWED_BY",), attributes=False)
    edge = Edges(np.array([[0], [7]]), {"weight": np.array([2.0], np.float32)})
    graph = chain()
    graph = replace(graph, edges={("Item", "FOLLOWED_BY", "Item"): edge})
    encoder = config.build(graph).eval()
    vectors, own = encoder.items(encoder.item_inputs(graph)), encoder.items.id.weight
    torch.testing.assert_close(vectors[0], own[1] + 0.5 * own[8])
    torch.testing.assert_close(vectors[7], own[8] + 0.5 * own[1])
    torch.testing.assert_close(vectors[3], own[4])


def test_spectral_items_that_follow_each_other_start_alike() -> None:
    graph = chain(n_users=400, length=3)
    torch.manual_seed(0)
    items = SASRecConfig(dim=16, spectral=True).build(graph).items.id.weight[1:25]
    near = torch.nn.functional.cosine_similarity(items, items.roll(-1, 0)).mean()
    far = torch.nn.functional.cosine_similarity(items, items.roll(-12, 0)).mean()
    assert near > far + 0.1


def test_items_start_from_the_vectors_of_another_model(tmp_path: Path) -> None:
    graph = chain(n_users=30, length=3)
    given = train(graph, GraphFilterConfig(dim=8)).vectors
    few = replace(
        given,
        items=given.items[:20],
        item_vectors=given.item_vectors[:20],
        bare=None if given.bare is None else given.bare[:20],
    )
    save_vectors(few, tmp_path / "few.npz")
    config = SASRecConfig(dim=16, start=(tmp_path / "few.npz",), spectral=False)
    torch.manual_seed(0)
    fresh = SASRecConfig(dim=16, spectral=False).build(graph).items.id.weight
    torch.manual_seed(0)
    read = [load_vectors(file) for file in config.vector_files]
    start = (config.build(graph, read).items.id.weight - fresh).detach().numpy()[1:]
    assert not start[:, 8:].any()
    assert not start[20:].any(), "what the file lacks starts by chance alone"
    want = few.item_vectors - few.item_vectors.mean(axis=0)
    gram = start[:20] @ start[:20].T
    scale = np.linalg.norm(gram) / np.linalg.norm(want @ want.T)
    np.testing.assert_allclose(gram, scale * want @ want.T, atol=2e-5)


def test_nobody_with_two_events_is_nothing_to_learn_from() -> None:
    with pytest.raises(TrainingError, match="nobody has two"):
        train(chain(length=1), CONFIGS[0])
    empty = Subgraph(chain().ids, {})
    with pytest.raises(TrainingError, match="no PURCHASED events"):
        train(empty, CONFIGS[0])


def test_an_encoder_that_reads_no_histories_is_told() -> None:
    encoder = GraphFilterConfig(dim=4).build(chain())
    with pytest.raises(UsageError, match="basketweave train sasrec"):
        HistoryReader(encoder, chain())


def test_out_of_memory_says_what_to_lower(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> torch.Tensor:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr("basketweave.sequence.encoder.catalogue_softmax", full)
    with pytest.raises(TrainingError, match=r"Lower its `batch` \(64\)"):
        train(chain(), CONFIGS[0])


def test_a_loss_that_is_not_finite_keeps_the_last_good_epoch(tmp_path: Path) -> None:
    file = tmp_path / "run.pt"
    kept = train(chain(), CONFIGS[0], seed=1, checkpoint=file).vectors
    broken = torch.load(file, weights_only=True)
    broken["state"]["items.id.weight"][1] = torch.nan
    torch.save(broken, file)
    longer = CONFIGS[0].model_copy(update={"epochs": 4})
    with pytest.raises(TrainingError, match="holds epoch 2, the last good one"):
        train(chain(), longer, seed=1, checkpoint=file)
    assert np.isfinite(kept.item_vectors).all()


def test_the_command_line_knows_them_by_name() -> None:
    assert configured("sasrec", dim=32) == SASRecConfig(dim=32)
    assert configured("gru4rec") == GRU4RecConfig()
    with pytest.raises(UsageError, match="'heads' cannot be 4: 10 dimensions"):
        configured("sasrec", dim=10, heads=4)


@pytest.mark.parametrize(
    "config", [SASRecConfig(dim=8, epochs=2), GRU4RecConfig(dim=8, epochs=2)]
)
def test_published_cosines_are_the_part_sequence(
    checkerboard: Tables, tmp_path: Path, config: SequenceConfig
) -> None:
    with connect(str(tmp_path / "graph.lbug")) as store:
        store.load(checkerboard)
        derive(store)
        graph = store.export()
        trained = train(graph, config, seed=0)
        store.publish(trained.vectors)
        served = Recommender(store).recommend("ann", weights={"sequence": 1})
    users, items = (graph.ids[label].to_list() for label in ("User", "Item"))
    scores = trained.vectors.user_vectors @ trained.vectors.item_vectors.T
    cosines = dict(zip(items, scores[users.index("ann")], strict=True))
    best = sorted(["b", "d", "f"], key=lambda item: -cosines[item])
    assert [found.item for found in served] == best
    for found in served:
        assert found.parts["sequence"].raw == pytest.approx(
            cosines[str(found.item)], abs=1e-4
        )
