"""Amazon's products: one a line, as JSON or (in 2014) as a Python literal."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any

import polars as pl

from basketweave.graph.schema import ALSO_BOUGHT, ALSO_VIEWED, BOUGHT_TOGETHER
from basketweave.graph.tables import LINKS, empty
from basketweave.loaders.files.records import records
from basketweave.loaders.files.text import pieces
from basketweave.loaders.quarantine import quarantined

ProductFields = dict[str, Any]
LINK_KEYS = {
    "also_bought": ALSO_BOUGHT,
    "also_buy": ALSO_BOUGHT,
    "also_viewed": ALSO_VIEWED,
    "also_view": ALSO_VIEWED,
    "bought_together": BOUGHT_TOGETHER,
}
ITEMS = {
    "id": pl.String,
    "title": pl.String,
    "brand": pl.String,
    "price": pl.Float64,
    "description": pl.String,
    "features": pl.String,
}
PATHS: dict[str, pl.DataType] = {"item": pl.String(), "path": pl.List(pl.String)}
# Literals are slow to parse, and 2014 has twenty products for each with a review.
_FIRST = re.compile(r"\{'asin': '([^'\\]*)'")
_PRICE = re.compile(r"\$?([\d,]+(?:\.\d+)?)")


@dataclass(frozen=True)
class Products:
    """What a file of products says about those that were wanted.

    items, paths, links   as tables; `paths` are `item`, `path` (root first)
    quarantine, notes     lines that are no product, and counts worth telling
    rows                  lines read
    """

    items: pl.DataFrame
    paths: pl.DataFrame
    links: pl.DataFrame
    quarantine: pl.DataFrame
    notes: dict[str, int]
    rows: int


def read_products(path: Path, wanted: set[str], links: bool) -> Products:
    """The `wanted` products, a line after the other; never the whole text."""
    found: dict[str, ProductFields] = {}
    bad, rows, again = [], 0, 0
    for line, text in _lines(path):
        rows += 1
        first = _FIRST.match(text)
        if first and first[1] not in wanted:
            continue
        product = parsed(text)
        asin = _id(product)
        if asin is None:
            why = "not a product" if product is None else "id is missing"
            bad.append((line, why, text))
        elif asin in found:
            again += 1
        elif asin in wanted:
            found[asin] = _kept(product or {}, links)
    named = [(asin, p) for asin, p in found.items()]
    broken = quarantined(*(list(c) for c in zip(*bad, strict=True))) if bad else None
    edges, outside = _links(found) if links else (empty(LINKS), 0)
    return Products(
        items=pl.DataFrame([{"id": a, **p["row"]} for a, p in named], schema=ITEMS),
        paths=pl.DataFrame(
            [(asin, path) for asin, p in named for path in p["paths"]],
            schema=PATHS,
            orient="row",
        ),
        links=edges,
        quarantine=(quarantined([], [], []) if broken is None else broken).with_columns(
            source=pl.lit(path.name)
        ),
        notes={
            name: count
            for name, count in (
                ("products named again, the first kept", again),
                ("links to products without a review, left out", outside),
            )
            if count
        },
        rows=rows,
    )


def parsed(line: str) -> ProductFields | None:
    """The object on a line of JSON or of Python literals; None where it is neither.

    2014's files are what `print` made of a dict. `literal_eval` reads literals alone
    and runs nothing.
    """
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        try:
            value = ast.literal_eval(line)
        except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
            return None
    return value if isinstance(value, dict) else None


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    for cut in records(pieces(path, "utf-8"), quote=""):
        for n in range(len(cut)):
            yield int(cut.lines[n]), cut.text(n)


def _id(product: ProductFields | None) -> str | None:
    asin = (product or {}).get("parent_asin") or (product or {}).get("asin")
    return asin if isinstance(asin, str) else None


def _kept(product: ProductFields, links: bool) -> ProductFields:
    related = product.get("related") or {}
    return {
        "row": {
            "title": _title(product.get("title")),
            "brand": _text(product.get("brand") or product.get("store")),
            "price": _price(product.get("price")),
            "description": _text(product.get("description")),
            "features": _text(product.get("features") or product.get("feature")),
        },
        "paths": _paths(product),
        "links": {
            (kind, str(to))
            for key, kind in LINK_KEYS.items()
            for to in (related.get(key) or product.get(key) or [])
        }
        if links
        else (),
    }


def _paths(product: ProductFields) -> list[list[str]]:
    """2014 has a list of paths, 2018 and 2023 one path, or only its root."""
    given = product.get("categories") or product.get("category") or []
    several = given if any(isinstance(path, list) for path in given) else [given]
    paths = [[name for name in map(_text, path) if name] for path in several]
    if not any(paths):
        root = _text(product.get("main_category") or product.get("main_cat"))
        return [[root]] if root and "<" not in root else []
    return [path for path in paths if path]


def _title(value: object) -> str | None:
    """2018 has the page's script in place of some titles."""
    title = _text(value)
    return None if title and "getTime" in title else title


def _text(value: object) -> str | None:
    """One line of text from a text or a list of texts; names of signs resolved.

    Half of a surrogate pair, which JSON can write, is a name for no sign: it goes.
    """
    several = value if isinstance(value, list) else [value]
    # Twice, because some were escaped twice ("Miss Jessie&amp;#039;s").
    words = " ".join(unescape(unescape(v)) for v in several if isinstance(v, str))
    whole = words.encode("utf-8", "ignore").decode()
    return " ".join(whole.split()) or None


def _price(value: object) -> float | None:
    found = _PRICE.fullmatch(str(value).strip())
    return float(found[1].replace(",", "")) if found else None


def _links(found: dict[str, ProductFields]) -> tuple[pl.DataFrame, int]:
    """Links between the products, in a fixed order; and how many lead elsewhere."""
    every = [
        (asin, to, kind)
        for asin, product in found.items()
        for kind, to in sorted(product["links"])
        if to != asin
    ]
    inside = [link for link in every if link[1] in found]
    return pl.DataFrame(inside, schema=LINKS, orient="row"), len(every) - len(inside)
