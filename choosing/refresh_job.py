"""What a refresh reads, makes and keeps; `choosing.refresh` puts it in order."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Literal

from pydantic import Field, TypeAdapter

from basketweave.choosing.encode import encode
from basketweave.choosing.for_store import Chosen, live_encoders
from basketweave.choosing.last_window import Compared
from basketweave.choosing.refit import as_asked
from basketweave.choosing.weights import publish_blend
from basketweave.choosing.windows import Windows, windows_of
from basketweave.content.encoder import ContentConfig
from basketweave.content.new_items import text_reader, with_new_items
from basketweave.encoders.registry import configured
from basketweave.encoders.saved import save_encoder
from basketweave.errors import DataError
from basketweave.graph.derive import DeriveSummary
from basketweave.graph.known import Known
from basketweave.graph.saved import load_vectors, save_vectors
from basketweave.graph.store import GraphStore
from basketweave.graph.subgraph import Subgraph
from basketweave.graph.vectors import (
    DATA,
    NEW_ITEMS,
    ModelCard,
    ModelVersion,
    Vectors,
    serving,
)
from basketweave.progress import Progress
from basketweave.settings import Settings
from basketweave.training.encoder import EncoderConfig
from basketweave.training.learner import TrainingConfig
from basketweave.training.loop import train
from basketweave.training.run import digest
from basketweave.whole import whole


class Refresh(Settings):
    """How the nightly job is done."""

    protocol: Literal["time", "last-item"] = "time"
    """`time`: windows are the last days; `last-item`: everybody's last item."""
    days: float = Field(default=28, gt=0, allow_inf_nan=False)
    """Length of the windows of `time`."""
    known: tuple[Known, ...] = ("any", "new")
    """For which requests weights are learned; one of which the windows say nothing is
    left out."""
    users: int = Field(default=2_000, ge=1)
    """The most people of a window who are asked."""
    only_if_better: bool = False
    """Publish nothing that is worse on the last window than what is live."""
    device: str = "auto"
    """Where encoders are trained: auto, cpu, cuda or cuda:1."""


@dataclass(frozen=True)
class Refreshed:
    """What became of a refresh.

    derived     None: nothing has changed since the last one, and nothing was done
    compared    what was live and what would replace it, on the last window
    published   the keys of the versions that it made live; empty where they were not
                to be worse and were
    left_out    requests for which no weights were learned, since nobody of one of the
                windows took an item that is so `known`
    """

    derived: DeriveSummary | None = None
    compared: tuple[Compared, ...] = ()
    published: tuple[str, ...] = ()
    left_out: tuple[Known, ...] = ()


_TOLD = TypeAdapter(Refreshed)


@dataclass(frozen=True)
class RefreshJob:
    """What the store holds and serves, and where the unfinished work stands.

    data   a hash of the events, of the catalogue that the encoders read, and of how the
           job is done: it stands on the cards of what was made
    """

    graph: Subgraph
    versions: Sequence[ModelVersion]
    live: Sequence[tuple[ModelCard, EncoderConfig]]
    vectors: Sequence[Vectors]
    folder: Path
    data: str
    asked: Refresh
    progress: Progress

    @classmethod
    def of(
        cls, store: GraphStore, folder: Path, asked: Refresh, progress: Progress
    ) -> RefreshJob:
        with store.one_state():
            versions = store.models()
            live = live_encoders(versions)
            readers = [reader for card, _ in live if (reader := _reader(card))]
            configs = [*(config for _, config in live), *readers]
            read = [name for config in configs for name in config.item_properties]
            graph = store.export(items=list(dict.fromkeys(read)), progress=progress)
            vectors = [store.vectors(card.name) for card, _ in live]
        how = asked.model_dump_json(exclude={"only_if_better", "device"})
        data = short_hash(digest(graph), graph.counts, how)
        return cls(graph, versions, live, vectors, folder, data, asked, progress)

    @cached_property
    def place(self) -> Path:
        """Where the unfinished work with this data and these models stands."""
        models = [
            (config.model_dump_json(), card.seed, card.recipe.get(NEW_ITEMS))
            for card, config in self.live
        ]
        return self.folder / "refresh" / short_hash(self.data, models)

    @property
    def done(self) -> bool:
        """Whether all that serves was made from this data."""
        live = [v.card for v in self.versions if v.status == "live" and not v.stale]
        made = {card.name for card in live if card.recipe.get(DATA) == self.data}
        missing = [one for one in self.asked.known if f"blend_{one}" not in made]
        serves = {card.name for card, _ in self.live}
        return serves <= made and not any(one in self.known for one in missing)

    @cached_property
    def windows(self) -> Windows:
        """The window to choose on, and the last one, to compare on."""
        return windows_of(self.graph, self.asked.protocol, days=self.asked.days)

    @cached_property
    def known(self) -> tuple[Known, ...]:
        """The requests for which weights can be learned, and compared.

        Raises `DataError` where that is none of them.
        """
        both, asked = (self.windows.validation, self.windows.test), self.asked.known
        found = tuple(one for one in asked if all(split.asks(one) for split in both))
        if asked and not found:
            raise DataError(
                "Nobody of the last two windows took an item that is "
                f"{' or '.join(map(repr, asked))}. Use another `known`, or longer windows."
            )
        return found

    @property
    def left_out(self) -> tuple[Known, ...]:
        """The others."""
        return tuple(one for one in self.asked.known if one not in self.known)

    @property
    def refused(self) -> Refreshed | None:
        """What was told when all of this was found worse than what is live."""
        file = self.place / f"worse-than-{self._served}.json"
        return _TOLD.validate_json(file.read_bytes()) if file.exists() else None

    def refuse(self, result: Refreshed) -> None:
        """Keep what was found, so that it is not done again for the same data."""
        with whole(self.place / f"worse-than-{self._served}.json") as file:
            file.write_text(json.dumps(asdict(result)), "utf-8")

    @property
    def _served(self) -> str:
        return short_hash(sorted(v.key for v in self.versions if v.status == "live"))

    def encoded(
        self, windows: Windows, one: tuple[ModelCard, EncoderConfig]
    ) -> tuple[Vectors, Vectors]:
        """An encoder's vectors for the window before the last one, and for the last."""
        card, config = one
        pair = encode(
            windows,
            config,
            self.place,
            seed=card.seed or 0,
            device=self.asked.device,
            progress=self.progress,
        )
        parts = windows.validation.train, windows.test.train
        before, after = map(_placing(card), pair, parts)
        return before, after

    def served(self, windows: Windows, after: Sequence[Vectors]) -> list[Vectors]:
        """What is live, as it may be asked about the last window.

        Vectors that know nothing of it stand for themselves, others are those of the
        same training on the events before it.
        """
        bound = windows.test.as_of
        return [
            live if _before(live.card.as_of, bound) else same
            for live, same in zip(self.vectors, after, strict=True)
        ]

    def trained(self, one: tuple[ModelCard, EncoderConfig], chosen: Vectors) -> Vectors:
        """An encoder's vectors from all events, trained as long as `chosen` was."""
        card, config = one
        file = self.place / f"{card.name}.npz"
        if file.exists():
            return load_vectors(file)
        last = config
        if isinstance(config, TrainingConfig):
            last = config.ending_after(int(chosen.card.metrics["best epoch"]))
        trained = train(
            self.graph,
            last,
            seed=card.seed or 0,
            device=self.asked.device,
            checkpoint=self.place / f"{card.name}-all.pt",
            progress=self.progress,
        )
        vectors = _placing(card)(as_asked(trained.vectors, config, chosen), self.graph)
        recipe = {**vectors.card.recipe, DATA: self.data}
        vectors = replace(vectors, card=replace(vectors.card, recipe=recipe))
        save_encoder(trained.encoder, self.place / f"{card.name}.pt")
        save_vectors(vectors, file)
        return vectors

    def publish(
        self,
        store: GraphStore,
        vectors: Sequence[Vectors],
        found: dict[Known, Chosen],
        windows: Windows,
    ) -> list[str]:
        """Make the vectors live that are not yet, and then the weights; their keys."""
        keys = []
        for one in vectors:
            live = serving(store.models()).get(one.card.part)
            if live is None or live.card.recipe.get(DATA) != self.data:
                live = store.publish(one, progress=self.progress)
            keys.append(live.key)
        for known, (walk, learned) in found.items():
            versions = publish_blend(
                store,
                {known: learned},
                walk,
                windows.validation.as_of,
                recipe={DATA: self.data},
            )
            keys += [version.key for version in versions]
        return keys

    def forget(self) -> None:
        """Put the model files where others look for them, and remove the rest."""
        if not (self.folder / "refresh").exists():
            return
        for card, _ in self.live:
            for suffix in (".pt", ".npz"):
                made = self.place / f"{card.name}{suffix}"
                if made.exists():
                    made.replace(self.folder / made.name)
        shutil.rmtree(self.folder / "refresh")


Placed = Callable[[Vectors, Subgraph], Vectors]


def _placing(card: ModelCard) -> Placed:
    """What places the items without events, if that was done for the live vectors."""
    reader = _reader(card)
    if reader is None:
        return lambda vectors, _: vectors
    return partial(with_new_items, reader=reader)


def _reader(card: ModelCard) -> ContentConfig | None:
    name = card.recipe.get(NEW_ITEMS)
    return text_reader(configured(name)) if name else None


def _before(as_of: int | None, bound: int | None) -> bool:
    return as_of is not None and bound is not None and as_of <= bound


def short_hash(*said: object) -> str:
    """A hash of what these are as texts, for names of files and cards."""
    text = "\0".join(map(str, said))
    return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()
