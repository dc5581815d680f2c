"""Whether events find their users and items in the catalogue, and if not, why."""

from __future__ import annotations

import polars as pl

FEW = 0.05
"""Below this share of events, and of the catalogue, the ids are those of two worlds."""

_SAMPLE = 10_000

_PLAINER = {
    "leading zeros": pl.col("id").str.replace(r"^0+(.)", "$1"),
    "a .0 at the end": pl.col("id").str.replace(r"\.0$", ""),
    "capitals": pl.col("id").str.to_lowercase(),
    "spaces and signs": pl.col("id").str.replace_all(r"[^\pL\pN]", ""),
}


def unjoined(catalogue: pl.Series, named: pl.Series, what: str) -> str | None:
    """A warning where hardly any event finds its id in a catalogue, nor the reverse.

    `catalogue` holds the catalogue's ids, `named` those of the events, one an event. A
    catalogue of new items alone is found by few events, but its items have some.
    """
    if catalogue.is_empty() or named.is_empty():
        return None
    some = named.head(_SAMPLE)
    if len(named) > _SAMPLE and some.is_in(catalogue.implode()).sum() > 0.5 * _SAMPLE:
        return None  # most of the first ones do: the rest need not be looked at
    found = named.is_in(catalogue.implode())
    used = catalogue.is_in(named.unique().implode())
    if found.sum() > FEW * len(named) or used.sum() > FEW * len(catalogue):
        return None
    lacking = named.filter(~found)
    return (
        f"{int(found.sum()):,} of {len(named):,} events find their {what} in the "
        f"catalogue: they name {lacking[0]!r}, and it has {catalogue[0]!r}. "
        f"{_hint(catalogue, lacking)}"
    )


def _hint(catalogue: pl.Series, lacking: pl.Series) -> str:
    """Which difference in writing would make the ids the same."""
    ids, wanted = catalogue.unique().to_frame("id"), lacking.unique().to_frame("id")
    for said, plainer in _PLAINER.items():
        same = wanted.select(plainer).join(
            ids.select(plainer).unique(), on="id", how="semi"
        )
        if len(same) > 0.5 * len(wanted):
            return (
                f"Without {said} {len(same):,} of {len(wanted):,} ids would be the "
                "same: write them alike in both files."
            )
    return "See whether the mapping names the right columns for the ids."
