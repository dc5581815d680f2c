"""Events as a shop might have them, of any number, to size a server or measure with.

    popularity   a Zipf-Mandelbrot law: of 17,000 items the first has .7 % of what is
                 drawn, half of them a fifth
    people       some shop more often (log-normal), and have favourites
    visits       a basket has some theme, a category to which half of it belongs

Written part by part, each with all events of its users: memory does not grow with the
number of events.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from basketweave.graph.schema import PURCHASED
from basketweave.graph.sharded.folder import PartsFolder, begin, part_file
from basketweave.graph.subgraph import IntArray
from basketweave.progress import SILENT, Progress
from basketweave.settings import Settings
from basketweave.whole import whole

PART = 1_000_000
START, SPAN = 1_640_995_200, 63_072_000  # 2022-01-01, two years
CATEGORIES, BRANDS, FAVOURITES = 40, 500, 8
FLAT = 20.0  # the larger, the less the first items stand out


class Generated(Settings):
    """What is generated; as usual in shops, as far as the published data sets show."""

    events: int
    """How many events."""
    seed: int = 0
    """The same seed gives the same files."""
    per_user: float = 12
    """Events of a user, on average."""
    per_item: float = 60
    """Events of an item, on average."""
    basket: float = 3
    """Events of a visit, on average; 1: single items, as where people watch or read."""
    part: int = PART
    """Events in a file."""


@dataclass(frozen=True)
class _Shop:
    config: Generated
    users: int
    items: int

    def part(self, number: int, events: int, first: int, users: int) -> pl.DataFrame:
        """The events of the users from `first` on."""
        rng = np.random.default_rng((self.config.seed, number))
        visits = max(round(events / max(self.config.basket - 0.18, 0.1)), 1)
        if self.config.basket <= 1:
            visit, visits = np.arange(events), events
        else:
            visit = rng.integers(0, visits, events)
        often = np.cumsum(rng.lognormal(0, 1, users))
        user = np.searchsorted(often, rng.random(visits) * often[-1])
        time = START + rng.integers(0, SPAN, visits)
        item = self._items(rng, rng.integers(0, CATEGORIES, visits)[visit], user[visit])
        frame = pl.DataFrame(
            {"user": first + user[visit], "item": item, "time": time[visit]}
        ).sort("user", "time", "item")
        return frame.select(
            user="c" + pl.col("user").cast(pl.String),
            item=item_ids(frame["item"]),
            time="time",
            kind=pl.lit(PURCHASED),
            value=pl.Series(rng.geometric(0.7, events).astype(np.float64)),
        )

    def _items(
        self, rng: np.random.Generator, theme: IntArray, user: IntArray
    ) -> IntArray:
        n, users = len(theme), int(user.max(initial=0)) + 1
        drawn = self._popular(rng, n)
        themed = np.minimum(drawn // CATEGORIES * CATEGORIES + theme, self.items - 1)
        liked = self._popular(rng, users * FAVOURITES).reshape(users, FAVOURITES)
        favourite = liked[user, rng.integers(0, FAVOURITES, n)]
        which = rng.random(n)
        return np.where(which < 0.3, favourite, np.where(which < 0.65, themed, drawn))

    def _popular(self, rng: np.random.Generator, n: int) -> IntArray:
        rank = FLAT * ((self.items / FLAT + 1) ** rng.random(n) - 1)
        return np.minimum(rank.astype(np.int64), self.items - 1)

    def catalogue(self) -> pl.DataFrame:
        """The items: id, title, brand and price."""
        rng = np.random.default_rng(self.config.seed)
        number = pl.Series(np.arange(self.items))
        brand = self._brands(rng.random(self.items))
        return pl.DataFrame(
            {
                "id": item_ids(number),
                "title": "Item " + number.cast(pl.String),
                "brand": "Brand " + pl.Series(brand).cast(pl.String),
                "price": np.round(rng.lognormal(1.5, 0.8, self.items), 2),
            }
        )

    def _brands(self, drawn: npt.NDArray[np.float64]) -> IntArray:
        return (drawn**2 * BRANDS).astype(np.int64)


def generate(
    config: Generated, folder: Path, progress: Progress = SILENT
) -> PartsFolder:
    """Write the folder, which `load parquet:FOLDER` and `derive --events FOLDER` read."""
    shop = _Shop(
        config,
        max(round(config.events / config.per_user), 1),
        max(round(config.events / config.per_item), CATEGORIES),
    )
    begin(folder)
    _catalogue(shop, folder)
    sizes = _sizes(config.events, config.part)
    bounds = np.linspace(0, shop.users, len(sizes) + 1).astype(np.int64)
    with (
        progress.task("Generating events", config.events) as advance,
        whole(folder / "users.parquet") as users,
        pq.ParquetWriter(users, pa.schema([("id", pa.large_string())])) as ids,
    ):
        for number, size in enumerate(sizes):
            first, end = int(bounds[number]), int(bounds[number + 1])
            frame = shop.part(number, size, first, max(end - first, 1))
            with whole(part_file(folder, number)) as path:
                frame.write_parquet(path)
            buyers = frame["user"].unique(maintain_order=True)
            ids.write_table(pa.table({"id": buyers.to_arrow().cast(pa.large_string())}))
            advance(size)
    return PartsFolder(
        folder, f"generated-{config.events}", events=config.events, parts=len(sizes)
    ).finish()


def _catalogue(shop: _Shop, folder: Path) -> None:
    items = shop.catalogue()
    category = (pl.int_range(pl.len()) % CATEGORIES).cast(pl.String)
    of = items.select(item="id", category="Category " + category)
    names = of["category"].unique().sort()
    none = pl.lit(None, pl.String)
    frames = {
        "items": items,
        "in_category": of,
        "categories": pl.DataFrame({"id": names, "name": names}).with_columns(
            parent=none
        ),
    }
    for name, frame in frames.items():
        with whole(folder / f"{name}.parquet") as path:
            frame.write_parquet(path)


def item_ids(number: pl.Series) -> pl.Series:
    """Ids of ten digits, as on a bar code: no two numbers below 2³² have one."""
    mixed = number.cast(pl.UInt64) * 2_654_435_761 % 2**32
    return mixed.cast(pl.String).str.zfill(10)


def _sizes(events: int, part: int) -> list[int]:
    parts = max(-(-events // part), 1)
    return [events // parts + (n < events % parts) for n in range(parts)]
