"""Options that are rules on items, for each command that recommends."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from inspect import Signature, signature
from typing import Annotated, Any

import typer

Rules = Mapping[str, Any]
"""Rules as `Recommender` takes them."""
NO_RULES: Rules = {}

_Many = list[str] | None


def with_rules(command: Callable[..., None]) -> Callable[..., None]:
    """The command with an option for each rule, in place of its parameter `rules`."""
    options = signature(_rules, eval_str=True).parameters
    parameters = [
        parameter
        for own in signature(command, eval_str=True).parameters.values()
        for parameter in (options.values() if own.name == "rules" else [own])
    ]

    @wraps(command)
    def ruled(**given: Any) -> None:
        rules = _rules(**{name: given.pop(name) for name in options})
        command(**given, rules=rules)

    ruled.__signature__ = Signature(parameters)  # type: ignore[attr-defined]
    ruled.__annotations__ = {one.name: one.annotation for one in parameters}
    return ruled


def _rules(
    category: Annotated[
        _Many,
        typer.Option(help="Only items of this category or below (may be repeated)."),
    ] = None,
    not_category: Annotated[
        _Many, typer.Option(help="No items of this category or below.")
    ] = None,
    brand: Annotated[
        _Many, typer.Option(help="Only this brand (may be repeated).")
    ] = None,
    not_brand: Annotated[_Many, typer.Option(help="Not this brand.")] = None,
    exclude: Annotated[_Many, typer.Option(help="Never this item.")] = None,
    min_price: Annotated[
        float | None, typer.Option(help="Only items of this price or up.")
    ] = None,
    max_price: Annotated[
        float | None, typer.Option(help="Only items up to this price.")
    ] = None,
    in_stock: Annotated[
        bool, typer.Option("--in-stock", help="Only items whose 'inStock' is true.")
    ] = False,
    per_brand: Annotated[int | None, typer.Option(help="At most n of a brand.")] = None,
    per_category: Annotated[
        int | None, typer.Option(help="At most n of a category.")
    ] = None,
    attribute: Annotated[
        _Many,
        typer.Option(
            metavar="NAME=VALUE",
            help="Only items with this value, such as colour=red (may be repeated).",
        ),
    ] = None,
    boost: Annotated[
        _Many,
        typer.Option(
            metavar="item|brand|category:ID=FACTOR",
            help="Multiply scores, such as brand:Acme=1.5 (may be repeated).",
        ),
    ] = None,
    pin: Annotated[
        _Many,
        typer.Option(metavar="PLACE=ITEM", help="This item at this place, from 1."),
    ] = None,
) -> Rules:
    return {
        "categories": category or (),
        "not_categories": not_category or (),
        "brands": brand or (),
        "not_brands": not_brand or (),
        "exclude": exclude or (),
        "price": (min_price, max_price),
        "in_stock": in_stock,
        "per_brand": per_brand,
        "per_category": per_category,
        "attributes": _attributes(attribute),
        "boost": _boost(boost),
        "pinned": dict(_pairs(pin, "2=42")),
    }


def _attributes(given: _Many) -> dict[str, list[object]]:
    found: dict[str, list[object]] = {}
    for name, value in _pairs(given, "colour=red"):
        found.setdefault(name, []).extend(_readings(value))
    return found


def _readings(text: str) -> list[object]:
    """What a typed value may be in the store: the text, a number, true or false."""
    if text in ("true", "false"):
        return [text, text == "true"]
    try:
        return [text, int(text) if text.lstrip("-").isdigit() else float(text)]
    except ValueError:
        return [text]


def _boost(given: _Many) -> dict[str, dict[str, float]] | None:
    groups = {"item": "items", "brand": "brands", "category": "categories"}
    found: dict[str, dict[str, float]] = {}
    for what, factor in _pairs(given, "brand:Acme=1.5"):
        kind, colon, name = what.partition(":")
        try:
            found.setdefault(groups[kind], {})[name] = float(factor)
        except (KeyError, ValueError):
            raise _unread(f"{what}={factor}", "brand:Acme=1.5") from None
        if not colon:
            raise _unread(f"{what}={factor}", "brand:Acme=1.5")
    return found or None


def _pairs(given: _Many, example: str) -> list[tuple[str, str]]:
    pairs = [one.rpartition("=") for one in given or ()]
    for (name, equals, _), one in zip(pairs, given or (), strict=True):
        if not (name and equals):
            raise _unread(one, example)
    return [(name, value) for name, _, value in pairs]


def _unread(given: str, example: str) -> Exception:
    from basketweave.errors import UsageError

    return UsageError(f"{given!r} cannot be read. Write it as {example}.")
