"""What recipes run on in seconds: a shop whose people have habits, a few ratings."""

from __future__ import annotations

import numpy as np
import pytest

SHOP = """
name: shop
events: {file: orders.csv, user: user, item: item, time: {column: time, format: unix}}
items: {file: items.csv, id: item, brand: brand}
"""
BRANDS = ("north", "south", "east", "west", "mill")
TINY = """
name: tiny
title: MovieLens, small
about: A small run.
reference:
  system: someone's
  data: MovieLens
  protocol: unknown
  figures: {NDCG@10: 0.5}
  comparable: no, another split
experiments:
  films:
    title: The last film
    data: {source: "recbole:ml-100k", options: {since: "1998-04-01"}}
    protocol: {split: last-item, known: new, kind: RATED, users: 40}
    models:
      popularity: {baseline: popularity}
      item-kNN: {baseline: item-knn}
      filter: {encoder: filter, settings: {dim: 16}}
      started: {encoder: gru4rec, inputs: [filter], settings: {dim: 16, epochs: 1}}
      both: {fused: [popularity, filter]}
    blend: {encoders: [filter]}
    seeds: [0, 1]
show: films
"""


@pytest.fixture(scope="session")
def habits(tmp_path_factory: pytest.TempPathFactory) -> str:
    """30 people who buy one of two favourites each morning, and anything at night."""
    folder, rng = tmp_path_factory.mktemp("habits"), np.random.default_rng(0)
    orders = [
        f"u{user},i{item},{(17_003 + day) * 86_400 + hour * 3600}"
        for user in range(30)
        for day in range(56)
        for hour, item in ((9, user % 12 + day % 2), (20, rng.geometric(0.1) % 40))
    ]
    items = [f"i{n},{BRANDS[n // 8]}" for n in range(40)]
    (folder / "orders.csv").write_text("\n".join(["user,item,time", *orders]))
    (folder / "items.csv").write_text("\n".join(["item,brand", *items]))
    (folder / "shop.yaml").write_text(SHOP)
    return str(folder / "shop.yaml")


@pytest.fixture
def tiny() -> str:
    """The text of a recipe over a few ratings: each kind of model, and a blend."""
    return TINY
