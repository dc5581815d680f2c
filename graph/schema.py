"""The graph's labels, relationship types and version, in one place.

Names that end up inside a query text (labels, types, properties cannot be query
parameters) are checked here, so that no outside string is ever spliced.
"""

from __future__ import annotations

import re

from basketweave.errors import SchemaError

SCHEMA_VERSION = 1

USER, ITEM, CATEGORY, BRAND = "User", "Item", "Category", "Brand"
MODEL, DATASET = "Model", "Dataset"
NODE_TYPES = (USER, ITEM, CATEGORY, BRAND)

PURCHASED, VIEWED, ADDED_TO_CART, RATED = (
    "PURCHASED",
    "VIEWED",
    "ADDED_TO_CART",
    "RATED",
)
EVENT_KINDS = (PURCHASED, VIEWED, ADDED_TO_CART, RATED)

SHOWN = "SHOWN"
"""From a person to an item of an answer that they saw: no event, and never trained on."""

RECOMMENDED = "RECOMMENDED"
"""From a person to an item of their list, as a nightly job wrote it: no event either."""

IN_CATEGORY, SUBCATEGORY_OF, MADE_BY = "IN_CATEGORY", "SUBCATEGORY_OF", "MADE_BY"
CATALOGUE = {
    IN_CATEGORY: (ITEM, CATEGORY),
    SUBCATEGORY_OF: (CATEGORY, CATEGORY),
    MADE_BY: (ITEM, BRAND),
}

CO_PURCHASED, FOLLOWED_BY = "CO_PURCHASED", "FOLLOWED_BY"
DERIVED = (CO_PURCHASED, FOLLOWED_BY)
DERIVED_SCORES = ("popularity", "rebuy")
"""Item properties that are derived from events."""

# Crawled after the events, so they may know the test period: never trained on
# or scored with unless asked for.
ALSO_BOUGHT, ALSO_VIEWED, BOUGHT_TOGETHER = (
    "ALSO_BOUGHT",
    "ALSO_VIEWED",
    "BOUGHT_TOGETHER",
)
LINK_KINDS = (ALSO_BOUGHT, ALSO_VIEWED, BOUGHT_TOGETHER)

Relation = tuple[str, str, str]
"""(source label, relationship type, target label), as PyG writes an edge type."""

RELATIONS = {
    **CATALOGUE,
    **dict.fromkeys((*LINK_KINDS, *DERIVED), (ITEM, ITEM)),
}
"""Relationship types that are no events, with the labels of their ends."""

# Published vectors have such names: gat_v3.
_VECTORS = re.compile(r".+_v\d+")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,62}")


def check_name(name: str, what: str = "property") -> str:
    """`name`, where it can be put into a query text; raises `SchemaError` otherwise.

    >>> check_name("gat_v3")
    'gat_v3'
    >>> check_name("x` DETACH DELETE n //")
    Traceback (most recent call last):
    ...
    basketweave.errors.SchemaError: 'x` DETACH DELETE n //' cannot be a property ...
    """
    if not _NAME.fullmatch(name):
        raise SchemaError(
            f"{name!r} cannot be a {what} name. Use letters, digits and _, "
            "starting with a letter, at most 63 characters."
        )
    return name


def relation(kind: str) -> Relation:
    """The relation of a type that is no event: source label, type, target label.

    Raises `SchemaError` for an unknown type.
    """
    if kind not in RELATIONS:
        raise SchemaError(
            f"{kind!r} is not a relation. Use one of {', '.join(RELATIONS)}."
        )
    source, target = RELATIONS[kind]
    return source, kind, target


def check_kind(kind: str) -> str:
    """`kind`, where it is one of the event kinds; raises `SchemaError` otherwise."""
    if kind not in EVENT_KINDS:
        raise SchemaError(
            f"{kind!r} is not an event kind. Use one of {', '.join(EVENT_KINDS)}."
        )
    return kind


def stored_name(name: str) -> str:
    """The name of an attribute in a store: another one where it names what we derive.

    >>> stored_name("size"), stored_name("popularity")
    ('size', 'catalogue_popularity')
    """
    return f"catalogue_{name}" if is_ours(name) else name


def is_ours(name: str) -> bool:
    """Whether a property is what we derive, or a version's vectors."""
    return name.lower() in DERIVED_SCORES or _VECTORS.fullmatch(name) is not None
