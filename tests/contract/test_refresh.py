"""The nightly job on both stores: what is live is made again, once for the same data."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from basketweave.choosing.refit import fit
from basketweave.choosing.refresh import refresh
from basketweave.choosing.refresh_job import Refresh, Refreshed
from basketweave.gnn import GraphFilterConfig
from basketweave.graph.derive import derive
from basketweave.graph.tables import Tables
from basketweave.graph.vectors import DATA, serving
from basketweave.moments import DAY

if TYPE_CHECKING:
    from tests.contract.conftest import Place

NIGHTLY = Refresh(days=3)


def _live(place: Place) -> set[str]:
    with place.open(read_only=True) as store:
        return {v.key for v in store.models() if v.status == "live"}


def test_what_is_live_is_made_again_where_something_has_changed(
    place: Place, events: Callable[..., Tables], tmp_path: Path
) -> None:
    rows = [
        (f"u{user}", f"i{(user + day * (1 + user % 3)) % 12}", (1 + day) * DAY)
        for user in range(20)
        for day in range(12)
    ]
    with place.open() as store:
        store.load(events(*rows))
        derive(store)
        store.publish(fit(store.export(), GraphFilterConfig(dim=4), days=3).vectors)

    def run() -> Refreshed:
        return refresh(place.open, tmp_path, NIGHTLY)

    first = run()
    assert first.published == ("filter_v2", "blend_any_v1", "blend_new_v1")
    assert {row.known for row in first.compared} == {"any", "new"}
    assert first.derived
    assert _live(place) == set(first.published)
    assert run() == Refreshed()
    assert (tmp_path / "filter.npz").exists()
    assert not (tmp_path / "refresh").exists()
    with place.open() as store:
        store.record([{"user": "u0", "item": "i5", "time": 14 * DAY}])
    assert run().published == ("filter_v3", "blend_any_v2", "blend_new_v2")
    with place.open(read_only=True) as store:
        card = serving(store.models())["gnn"].card
    assert (card.as_of, card.recipe["dim"]) == (14 * DAY, 4)
    assert card.recipe[DATA]
