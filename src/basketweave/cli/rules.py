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
    }
