"""The tour of a loaded graph in Neo4j Browser: its pages, and the link that plays it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from basketweave.loaders.own_graph.words import own_style, own_words
from basketweave.queries import tour
from basketweave.queries.saved import style

if TYPE_CHECKING:
    from basketweave.graph.store import GraphStore
    from basketweave.neo4j_server import ServerInfo
    from basketweave.neo4j_server.pages import Pages

TOUR, STYLE, MARKDOWN = "/tour.html", "/style.grass", "/tour.md"
_POPULAR = """
MATCH (item:Item)
WHERE item.popularity > 0
WITH item
ORDER BY item.popularity DESC, item.id
LIMIT 2
WITH collect(item) AS items
MATCH (one:Item {id: items[0].id})
RETURN
  [item IN items | item.id] AS items,
  one.title AS title,
  head(COLLECT { MATCH (one)<-[:PURCHASED]-(u:User) RETURN u.id ORDER BY u.id LIMIT 1 }) AS user,
  head(COLLECT { MATCH (one)-[:IN_CATEGORY]->(c) RETURN c.id ORDER BY c.id LIMIT 1 }) AS category
"""


def values(store: GraphStore) -> dict[str, Any]:
    """Parameters that fit what is loaded: a popular item, who had it, where it is."""
    found = store.run(_POPULAR).to_dicts()
    if not found:
        return {}
    one = found[0]
    given = {"items": one["items"], "item": one["items"][0], "user": one["user"]}
    given |= {"category": one["category"], "categories": [one["category"]]}
    given["words"] = next(iter(re.findall(r"[^\W\d_]{3,}", one["title"] or "")), None)
    live = [m for m in store.models() if m.status == "live" and m.dim]
    if len(live) > 1:
        given["models"] = [m.card.name for m in live[:2]]
    return {n: value for n, value in given.items() if value not in (None, [None])}


def fill(pages: Pages, given: dict[str, Any], store: GraphStore | None = None) -> None:
    """Put the tour, in both forms, and the style on the pages, in a store's words."""
    said = own_words(store)
    pages.pages |= {
        TOUR: ("text/html", tour.html(given, pages.url(STYLE), said)),
        STYLE: ("text/plain", own_style(store, style())),
        MARKDOWN: ("text/markdown", tour.markdown(given, said)),
    }


def link(info: ServerInfo, guide: str) -> str:
    """The address that opens the Browser, connects to the server and plays the guide.

    On `localhost`: the Browser keeps what a person sets by the name of its host.
    """
    page = (info.browser_url or "").replace("127.0.0.1", "localhost")
    bolt = info.bolt_uri.replace("127.0.0.1", "localhost")
    asked = {
        "dbms": bolt.replace("://", f"://{info.user}@"),
        "cmd": "guide",
        "arg": guide,
    }
    return f"{page}?{urlencode(asked, safe=':/@')}"
