"""Why an item is recommended, in a sentence for someone who knows no graph."""

from __future__ import annotations

from basketweave.graph.schema import (
    ADDED_TO_CART,
    CO_PURCHASED,
    FOLLOWED_BY,
    PURCHASED,
    RATED,
    VIEWED,
)
from basketweave.serving.recommendation import HOLDS, Recommendation

DID = {
    PURCHASED: "bought",
    VIEWED: "looked at",
    ADDED_TO_CART: "put into the cart",
    RATED: "rated",
    HOLDS: "holds",
}
LEADS = {
    FOLLOWED_BY: "{did} {title}: whoever takes it often takes this next.",
    CO_PURCHASED: "{did} {title}: whoever takes it often takes this too.",
}
PARTS = {
    "repeat": "A habit: taken again and again.",
    "graph": "Near in the graph.",
    "gnn": "Near to this taste, by what similar people take.",
    "sequence": "Fits what was taken before, and in which order.",
    "content": "Described like what was taken before.",
    "popularity": "Popular at the moment.",
}


def sentence(found: Recommendation) -> str:
    """The path in words, or else the part that gave most to the score."""
    if len(found.path) < 2:
        largest = max(found.parts, key=lambda p: found.parts[p].score, default="")
        return PARTS.get(largest, "One of the items there are.")
    did = DID.get(found.path[0].relationship or "", "knows").capitalize()
    if len(found.path) == 2:
        return f"{did} it before."
    held = found.path[1]
    how = LEADS.get(held.relationship or "", "{did} {title}, to which this is linked.")
    return how.format(title=held.title or held.id, did=did)
