"""Options that are rules on items, for each command that recommends."""

from __future__ import annotations

from typing import Annotated, Any

import typer

_Many = list[str] | None

Category = Annotated[
    _Many,
    typer.Option(help="Only items of this category or below (may be repeated)."),
]
NotCategory = Annotated[_Many, typer.Option(help="No items of this category or below.")]
Brand = Annotated[_Many, typer.Option(help="Only this brand (may be repeated).")]
NotBrand = Annotated[_Many, typer.Option(help="Not this brand.")]
Exclude = Annotated[_Many, typer.Option(help="Never this item.")]
MinPrice = Annotated[float | None, typer.Option(help="Only items of this price or up.")]
MaxPrice = Annotated[float | None, typer.Option(help="Only items up to this price.")]
InStock = Annotated[
    bool, typer.Option("--in-stock", help="Only items whose 'inStock' is true.")
]
PerBrand = Annotated[int | None, typer.Option(help="At most n of a brand.")]
PerCategory = Annotated[int | None, typer.Option(help="At most n of a category.")]


def where(
    category: _Many,
    not_category: _Many,
    brand: _Many,
    not_brand: _Many,
    exclude: _Many,
    min_price: float | None,
    max_price: float | None,
    in_stock: bool,
    per_brand: int | None,
    per_category: int | None,
) -> dict[str, Any]:
    """The rules as `Recommender` takes them."""
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
