"""The nightly job: broken off, gone on with, and refused where it is worse."""

from __future__ import annotations

import shutil
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from basketweave.choosing import refresh as module
from basketweave.choosing import refresh_job
from basketweave.choosing.refit import fit
from basketweave.choosing.refresh import refresh
from basketweave.choosing.refresh_job import Refresh, Refreshed
from basketweave.errors import DataError
from basketweave.gnn import GraphFilterConfig, LightGCNConfig
from basketweave.graph import ModelCard, connect
from basketweave.graph.derive import derive
from basketweave.graph.tables import Tables
from basketweave.moments import DAY

Row = tuple[str, str, int]


class Shop:
    """A store, the folder of its models, and the nightly job on it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.path = folder / "models", folder / "shop.lbug"

    def load(self, rows: list[Row]) -> None:
        events = pl.DataFrame(rows, schema=["user", "item", "time"], orient="row")
        items = events.select(id=pl.col("item").unique(maintain_order=True))
        tables = Tables(
            "shop",
            users=events.select(id=pl.col("user").unique(maintain_order=True)),
            items=items.with_columns(title=pl.col("id")),
            events=events.with_columns(kind=pl.lit("PURCHASED"), value=pl.lit(1.0)),
        )
        with connect(self.path) as store:
            store.load(tables)
            derive(store)

    def refresh(self, **asked: Any) -> Refreshed:
        opened = partial(connect, self.path)
        return refresh(opened, self.folder, Refresh(**{"days": 3, **asked}))

    def live(self) -> set[str]:
        with connect(self.path, read_only=True) as store:
            return {v.key for v in store.models() if v.status == "live"}


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """20 people who go through 12 items in their own steps; two encoders are live."""
    one = Shop(tmp_path)
    one.load(
        [
            (f"u{user}", f"i{(user + day * (1 + user % 3)) % 12}", (1 + day) * DAY)
            for user in range(20)
            for day in range(12)
        ]
    )
    light = LightGCNConfig(dim=4, epochs=2, name="light")
    with connect(one.path) as store:
        store.publish(fit(store.export(), light, days=3).vectors)
    return one


STEPS = [
    (module, "write"),
    (module, "weigh_with"),
    (module, "compared"),
    (refresh_job, "save_encoder"),
    (refresh_job, "publish_blend"),
    (shutil, "rmtree"),
]


def test_killed_anywhere_it_goes_on_where_it_stood(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    for where, name in STEPS:
        with monkeypatch.context() as patch:
            patch.setattr(where, name, killed)
            with pytest.raises(KeyboardInterrupt):
                shop.refresh()
        if name != "rmtree":
            assert shop.live() == {"light_v1"}, name
            trained = {p.stat().st_mtime_ns for p in shop.folder.rglob("*-test.npz")}
    assert len(trained) == 1
    assert shop.live() == {"light_v2", "blend_any_v1", "blend_new_v1"}
    assert shop.refresh() == Refreshed()
    assert (shop.folder / "light.pt").exists()
    assert [p.name for p in shop.folder.iterdir() if p.is_dir()] == []
    with connect(shop.path, read_only=True) as store:
        (card,) = (v.card for v in store.models() if v.key == "light_v2")
    assert card.recipe["epochs"] == 2  # the next one chooses among as many
    assert "best epoch" in card.metrics


def test_another_config_under_the_same_name_is_another_job(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(module, "weigh_with", killed)
        with pytest.raises(KeyboardInterrupt):
            shop.refresh()
    with connect(shop.path) as store:
        wider = GraphFilterConfig(dim=6, name="light")
        store.publish(fit(store.export(), wider, days=3).vectors)
    assert "light_v3" in shop.refresh().published
    with connect(shop.path, read_only=True) as store:
        assert store.vectors("light").dim == 6


def test_requests_of_which_the_windows_say_nothing_are_left_out(shop: Shop) -> None:
    """In the end everybody has had all items of their round before."""
    shop.load(
        [
            (f"u{user}", f"i{(user + day * (1 + user % 3)) % 12}", (1 + day) * DAY)
            for user in range(20)
            for day in range(12, 20)
        ]
    )
    found = shop.refresh()
    assert found.left_out == ("new",)
    assert [row.known for row in found.compared] == ["any"]
    assert shop.live() == {"light_v2", "blend_any_v1"}
    assert shop.refresh() == Refreshed()
    with pytest.raises(DataError, match="Nobody of the last two"):
        shop.refresh(known=("new",))


def test_what_is_worse_on_the_last_window_is_not_published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """People buy their own item until the last days, and then what is popular."""
    shop = Shop(tmp_path)
    people = [f"u{n}" for n in range(40)]
    rows = [
        (user, f"i{n % 10}", day * DAY)
        for n, user in enumerate(people)
        for day in range(1, 19)
    ]
    rows += [(f"early{n}", "x", day * DAY) for n in range(8) for day in range(12, 19)]
    rows += [(user, "x", 22 * DAY + n) for n, user in enumerate(people)]
    shop.load(rows)
    with connect(shop.path) as store:
        store.publish_weights(ModelCard("blend_any", kind="blend"), {"popularity": 1.0})
    asked: dict[str, Any] = {"known": ("any",), "only_if_better": True}
    found = shop.refresh(**asked)
    assert found.published == ()
    assert found.derived
    (row,) = found.compared
    assert (row.verdict, row.live > row.new) == ("worse", True)
    assert shop.live() == {"blend_any_v1"}
    with monkeypatch.context() as patch:
        patch.delattr(module, "weigh_with")  # the same data is not tried again
        again = shop.refresh(**asked)
    assert again == found
    assert np.isclose(again.compared[0].live, 1)
    assert shop.refresh(known=("any",)).published == ("blend_any_v2",)
