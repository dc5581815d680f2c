"""How much memory a server wants for what is in it, and how much it was given.

    index     1.1 n (4 d + 8 m) bytes for n vectors of d numbers, m = 16 neighbours each;
              quantised 1.1 n (1.25 · 4 d + 8 m) on the disk, of which 40 % in memory
    pages     110 bytes a relationship, 300 a node, and 4 d + 128 a vector on its node

The first is Neo4j's (Operations Manual, vector index memory configuration): memory of
the system beside heap and page cache. The second was measured on the Complete Journey.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from basketweave.errors import BasketweaveError
from basketweave.graph.neo4j.connection import Database
from basketweave.graph.neo4j.models.versions import versions
from basketweave.graph.schema import ITEM, USER
from basketweave.graph.store import Misfit

NEIGHBOURS = 16
QUANTISED_FROM = 10_000_000
"""From so many vectors on an index is quantised: 4.2 GB of 64 numbers in memory are
2.0 GB then. Below it is not, so that it misses least."""
RELATIONSHIP, NODE, VECTOR = 110, 300, 128
GB = 1e9
UNITS = {"": 1, "k": 2**10, "m": 2**20, "g": 2**30, "t": 2**40}


@dataclass(frozen=True)
class ServerMemory:
    """Bytes that a server may take, and those of its machine; None: not to be read."""

    heap: float | None
    pages: float | None
    machine: float | None


@dataclass(frozen=True)
class GraphMemory:
    """Bytes that a graph wants: of page cache, and of memory beside it and the heap."""

    pages: float
    indexes: float


def quantised(n: int) -> bool:
    """Whether the index of so many vectors is quantised."""
    return n >= QUANTISED_FROM


def index_bytes(n: int, d: int) -> float:
    """Bytes of memory that the index of `n` vectors of `d` numbers wants.

    >>> round(index_bytes(1_000_000, 64) / 1e6)
    422
    """
    if quantised(n):
        return 0.4 * 1.1 * n * (1.25 * 4 * d + 8 * NEIGHBOURS)
    return 1.1 * n * (4 * d + 8 * NEIGHBOURS)


def wanted(
    nodes: int, relationships: int, vectors: Iterable[tuple[int, int]]
) -> GraphMemory:
    """What a graph wants, with an index over each of `vectors`: how many, how wide."""
    indexes, on_nodes = 0.0, 0
    for n, d in vectors:
        indexes += index_bytes(n, d)
        on_nodes += n * (4 * d + VECTOR)
    return GraphMemory(NODE * nodes + RELATIONSHIP * relationships + on_nodes, indexes)


def shortages(given: ServerMemory, want: GraphMemory) -> list[Misfit]:
    """What is too little, each with the setting that mends it."""
    found = []
    if given.pages is not None and given.pages < want.pages:
        found.append(
            Misfit(
                f"The server has {given.pages / GB:.1f} GB of page cache, and the graph "
                f"is some {want.pages / GB:.1f} GB: what is not there is read from disk.",
                "Raise server.memory.pagecache.size, on a private server: basketweave "
                f"neo4j start --page-cache {max(round(want.pages / GB), 1)}g",
            )
        )
    held = (given.heap or 0) + (given.pages or 0)
    if given.machine is not None and held + want.indexes > given.machine:
        found.append(
            Misfit(
                f"Heap and page cache are {held / GB:.1f} GB and the vector indexes want "
                f"{want.indexes / GB:.1f} GB beside them, of {given.machine / GB:.1f} GB "
                "that the machine has.",
                "Lower the heap or the page cache, keep fewer versions (--keep 1), or "
                "take a larger machine (docs/neo4j.md).",
            )
        )
    return found


def short_of(database: Database) -> list[Misfit]:
    """What the server has too little of for this graph; none where it does not say."""
    counts = (
        "MATCH (n) RETURN count(n)",
        "MATCH ()-[r]->() RETURN count(r)",
        f"MATCH (n:{ITEM}) RETURN count(n)",
        f"MATCH (n:{USER}) RETURN count(n)",
    )
    nodes, relationships, *each = (int(database.read(one)[0][0]) for one in counts)
    wide = [one.dim for one in versions(database) if one.dim]
    want = wanted(nodes, relationships, [(n, d) for n in each for d in wide])
    return shortages(_given(database), want)


def _given(database: Database) -> ServerMemory:
    heap, pages = "server.memory.heap.max_size", "server.memory.pagecache.size"
    said: dict[str, float | None] = dict.fromkeys((heap, pages))
    try:
        rows = database.read(
            "SHOW SETTINGS YIELD name, value WHERE name IN $names RETURN name, value",
            names=[heap, pages],
        )
        said |= {name: size(value) for name, value in rows}
        found = database.read(
            "CALL dbms.queryJmx('java.lang:type=OperatingSystem') YIELD attributes "
            "RETURN attributes.TotalMemorySize.value"
        )
        machine = float(found[0][0]) if found and found[0][0] else None
    except BasketweaveError:  # on Aura, or for a user who may not ask
        machine = None
    return ServerMemory(said[heap], said[pages], machine)


def size(text: str | None) -> float | None:
    """Bytes of a size as Neo4j writes it; None where it is none.

    >>> size("512.00MiB") == size("512m") == 512 * 2**20
    True
    """
    found = re.fullmatch(r"([\d.]+)\s*([kmgt]?)(i?b)?", (text or "").strip().lower())
    return float(found[1]) * UNITS[found[2]] if found else None
