"""The summary of a load: how much was new, and what was left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from basketweave.graph.planned.nodes import apart
from basketweave.graph.schema import BRAND, CATEGORY, ITEM, LINK_KINDS, USER
from basketweave.graph.store import LoadSummary
from basketweave.graph.tables import Tables

REPEATED = "events of one user, item and time, kept once"
STRAY_LINKS = "links to items that the catalogue lacks, left out"


@dataclass(frozen=True)
class EventCounts:
    """How many events were new, already in the store, and repeated in the source."""

    added: int = 0
    already_there: int = 0
    repeated: int = 0


def summary(
    tables: Tables, created: Mapping[str, int], events: EventCounts, stray: int
) -> LoadSummary:
    """The summary of a load, with its notes.

    created   how many nodes of each label and links of each kind are new
    stray     how many links lead to items that are not there
    """
    ours = {REPEATED: events.repeated, STRAY_LINKS: stray}
    return LoadSummary(
        users=created[USER],
        items=created[ITEM],
        categories=created[CATEGORY],
        brands=created[BRAND],
        events=events.added,
        links=sum(created.get(kind, 0) for kind in LINK_KINDS),
        already_there=events.already_there,
        quarantined=len(tables.quarantine),
        notes={
            **tables.notes,
            **apart(tables),
            **{note: n for note, n in ours.items() if n},
        },
    )
