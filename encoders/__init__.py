"""Every encoder by its short name, and its model file.

    trained = train(subgraph, configured("sasrec", epochs=3), validation=split)
    save_encoder(trained.encoder, Path("sasrec.pt"))
    load_encoder(Path("sasrec.pt")).encode(subgraph)

This package knows all kinds of encoders (`gnn`, `sequence`, `content`); the package
that trains them (`training`) knows none. Names are loaded when first used, so that
importing this package loads no torch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from basketweave.lazy import lazily

if TYPE_CHECKING:
    from basketweave.encoders.registry import ENCODERS, configured
    from basketweave.encoders.saved import load_encoder, load_reader, save_encoder

__all__ = ["ENCODERS", "configured", "load_encoder", "load_reader", "save_encoder"]

__getattr__ = lazily(
    __name__,
    {
        "ENCODERS": "registry",
        "configured": "registry",
        "load_encoder": "saved",
        "load_reader": "saved",
        "save_encoder": "saved",
    },
)
