"""What `doctor` says of an adopted graph: its names, keys, times, and what is new."""

from __future__ import annotations

from collections.abc import Iterator

from basketweave.errors import DataError
from basketweave.graph.neo4j.adopted.claim import Claim
from basketweave.graph.neo4j.connection import Database
from basketweave.graph.stats import Finding
from basketweave.graph.store import GraphStore
from basketweave.loaders.own_graph import facts, statements
from basketweave.loaders.own_graph.adopt import claim_of, mapping_of, with_prefix
from basketweave.loaders.own_graph.events import changed_before
from basketweave.loaders.own_graph.mapping import GraphMapping, OwnNodes
from basketweave.loaders.own_graph.nodes import LABELS, read_nodes

_REFRESH = "Take it over: basketweave refresh"


def findings(store: GraphStore) -> list[Finding]:
    """What would keep an adopted graph from being read, or has not been read yet.

    Raises `NotFoundError` where nothing was adopted under the store's prefix.
    """
    own = with_prefix(store, None)
    mapping, theirs = mapping_of(own), own.database.unprefixed()
    wrong = [
        Finding("error", told, "Change it back, or remove and adopt anew.")
        for told in facts.mistaken(theirs, mapping)
    ]
    return wrong or [
        *_nodes(theirs, mapping),
        *_keys(theirs, mapping),
        *_times(theirs, mapping),
        *_earlier(theirs, mapping, claim_of(own)),
    ]


def _nodes(database: Database, mapping: GraphMapping) -> Iterator[Finding]:
    try:
        nodes = read_nodes(database, mapping)
    except DataError as error:
        yield Finding("error", str(error), "")
        return
    for what, found in nodes.items():
        own: OwnNodes = getattr(mapping, what)
        named = f"(:{own.label}).{own.key}"
        if found.keyless:
            yield Finding(
                "warning",
                f"{found.keyless:,} {what} have no {named} that is a whole number or text.",
                "They are left out, with all that is theirs.",
            )
        if len(found.types) > 1:
            yield Finding(
                "warning",
                f"{named} is a number in one place and text in another.",
                "All are given back as text: make them one of both.",
            )
        if n := len(found.new):
            yield Finding("note", f"{n:,} {what} are new in the graph.", _REFRESH)


def _keys(database: Database, mapping: GraphMapping) -> Iterator[Finding]:
    """Keys without an index: whatever its name, one that begins with the key will do."""
    rows = database.read(
        "SHOW INDEXES YIELD type, labelsOrTypes, properties "
        "RETURN type, labelsOrTypes, properties"
    )
    served = {
        (on[0], keys[0])
        for kind, on, keys in rows
        if on and keys and kind != "FULLTEXT"
    }
    for what in LABELS:
        own: OwnNodes | None = getattr(mapping, what)
        if own and (own.label, own.key) not in served:
            label, key = own.label, own.key
            yield Finding(
                "note",
                f"(:{label}).{key} has no index: what you ask by it looks at all of them.",
                f"CREATE CONSTRAINT FOR (n:`{label}`) REQUIRE n.`{key}` IS UNIQUE",
            )


def _earlier(
    database: Database, mapping: GraphMapping, read: Claim
) -> Iterator[Finding]:
    """Events of long ago that differ from those that were read."""
    if read.marks is None:
        return
    changed = changed_before(database, mapping, read.marks, read.before)
    for one, n in zip(mapping.events, changed, strict=True):
        if n:
            yield Finding(
                "warning",
                f"{abs(n):,} events like {one.pattern} from before the last reading "
                "were written or deleted since.",
                "Read all of them again: basketweave refresh --whole",
            )


def _times(database: Database, mapping: GraphMapping) -> Iterator[Finding]:
    for one in mapping.events:
        if one.time is None:
            yield Finding(
                "note",
                f"Events like {one.pattern} have no time in the mapping.",
                "Each pair counts as one event, before all others: name a `time`.",
            )
            continue
        ((n, undated),) = database.read(statements.count_of(mapping, one))
        if undated:
            yield Finding(
                "warning",
                f"{undated:,} of {n:,} events like {one.pattern} have no {one.time}.",
                "Each counts as one event, before all others.",
            )
