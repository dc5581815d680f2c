"""Which question is about what: the folders of saved scripts, and a tour's chapters."""

from __future__ import annotations

TOPICS: dict[str, tuple[str, ...]] = {
    "Recommend": (
        "recommend_picture",
        "recommend",
        "explain_picture",
        "explain",
        "why_not",
        "in_category",
        "next_item",
        "for_basket",
    ),
    "Items": (
        "find_item",
        "similar",
        "similar_by_content",
        "nearest",
        "similar_three_ways",
        "bought_together",
        "communities",
    ),
    "People": (
        "category_affinity",
        "users_like_me",
        "people_alike",
        "users_for_item",
        "buying_less",
    ),
    "Habits and seasons": (
        "buy_again",
        "complete_category",
        "new_items",
        "trending",
        "seasonal",
    ),
    "Somebody new": ("start_from_likes", "start_from_profile", "start_from_category"),
    "What there is": (
        "statistics",
        "models",
        "two_models",
        "experiments",
        "neighbourhoods",
        "list_diversity",
        "item_health",
    ),
}
"""Topic -> its questions, in the order in which they are shown."""
