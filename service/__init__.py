"""The service over HTTP: `basketweave serve`.

with connect("demo.lbug") as store:
    app = create_app(store, ServiceSettings())
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from basketweave.lazy import lazily

if TYPE_CHECKING:
    from basketweave.service.app import create_app
    from basketweave.service.server import serve
    from basketweave.service.settings import ServiceSettings

__all__ = ["ServiceSettings", "create_app", "serve"]

__getattr__ = lazily(
    __name__,
    {"ServiceSettings": "settings", "create_app": "app", "serve": "server"},
)
