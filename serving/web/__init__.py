"""The page to try a store with: `basketweave web`.

with connect("demo.lbug") as store, web_server(store, port=0) as server:
    server.serve_forever()
"""

from basketweave.serving.web.server import web_server

__all__ = ["web_server"]
