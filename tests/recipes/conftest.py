"""A shop small enough to run recipes on, whose people have habits."""

from __future__ import annotations

import numpy as np
import pytest

SHOP = """
name: shop
events: {file: orders.csv, user: user, item: item, time: {column: time, format: unix}}
items: {file: items.csv, id: item, brand: brand}
"""
BRANDS = ("north", "south", "east", "west", "mill")


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
