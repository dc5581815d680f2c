"""`basketweave train --from PARTS --to FOLDER`: what no memory holds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from basketweave.cli.console import Bars, say, show_json
from basketweave.errors import UsageError

if TYPE_CHECKING:
    from basketweave.training.encoder import EncoderConfig


def train_parts(
    config: EncoderConfig,
    parts: Path,
    to: Path | None,
    *,
    sample: int,
    days: int,
    as_of: str | None,
    seed: int,
    device: str,
    devices: int,
    fresh: bool,
    track: str | None,
    as_json: bool,
) -> None:
    """Train on a folder of parts and encode everyone; under torchrun, a share of it."""
    from basketweave.choosing.everyone import fit_everyone
    from basketweave.choosing.refit import forget
    from basketweave.graph.kinds import counting
    from basketweave.graph.sharded import PartsFolder
    from basketweave.graph.sharded.counts import kinds_in
    from basketweave.progress import SILENT
    from basketweave.tracking import UNTRACKED, tracker
    from basketweave.training.launched import launched

    if to is None:
        raise UsageError("--from needs --to FOLDER, for the vectors of everyone.")
    kind = counting(None, kinds_in(PartsFolder.open(parts).event_files)).target
    config = config.model_copy(update={"kind": kind})
    with launched(device) as share:
        first = share.rank == 0
        if fresh and first:
            forget(to / "checkpoints", config)
        found = fit_everyone(
            parts,
            to,
            config,
            sample=sample,
            days=days,
            as_of=as_of,
            seed=seed,
            device=device,
            devices=devices,
            share=share,
            progress=Bars() if first else SILENT,
            tracker=tracker(track) if first else UNTRACKED,
        )
    if not first:
        return
    if as_json:
        show_json({"folder": str(to), "metrics": found.card.metrics})
        return
    say(f"Vectors of everyone in {found.parts} parts: {to}")
    say(f"Next:  basketweave publish {to} --store STORE")
