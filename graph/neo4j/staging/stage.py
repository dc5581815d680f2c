"""What a new version changes of derived relationships and scores, staged.

Each writer stages whole items: all relationships that these are to have. It writes down
what differs from those that stand, and touches none of them.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from basketweave.graph.neo4j.connection import Database
from basketweave.graph.neo4j.exporting.relations import read_relationships
from basketweave.graph.neo4j.loading.nodes import differing, stored_nodes
from basketweave.graph.neo4j.staging.pieces import Stage
from basketweave.graph.planned.item_edges import checked
from basketweave.graph.planned.properties import storable
from basketweave.graph.schema import ITEM

_PAIR = ["source", "target"]
_RELATIONSHIP = [*_PAIR, "relationship"]


def stage_all(database: Database, stage: Stage, kind: str, edges: pl.DataFrame) -> int:
    """Stage that `edges` (`src`, `dst`, columns) are to be all of a kind; their number.

    Edges with an end that is no item of the graph are left out.
    """
    wanted = _by_node(database, checked(kind, edges))
    _stage(database, stage, kind, wanted, read_relationships(database, kind))
    return len(wanted)


def stage_items(
    database: Database, stage: Stage, kind: str, edges: pl.DataFrame
) -> tuple[int, Sequence[int]]:
    """Stage that `edges` are to be all of their sources.

    Returns how many they are, and the internal ids of these sources.
    """
    wanted = _by_node(database, checked(kind, edges))
    sources = wanted["source"].unique().to_list()
    stand = read_relationships(database, kind, sources)
    _stage(database, stage, kind, wanted, stand)
    return len(wanted), sources


def stage_others(
    database: Database, stage: Stage, kind: str, staged: Sequence[int]
) -> None:
    """Stage that items which are not among these are to have none."""
    ((having,),) = database.read(
        f"MATCH (a:{ITEM}) WHERE EXISTS {{ (a)-[:{kind}]->(:{ITEM}) }} "
        "RETURN collect(id(a))"
    )
    stand = read_relationships(database, kind, [*set(having).difference(staged)])
    stage.put(database, "gone", kind, stand.select(_RELATIONSHIP))


def stage_scores(database: Database, stage: Stage, scores: pl.DataFrame) -> None:
    """Stage those numbers on items that differ; unknown ids are left out."""
    scores = storable(scores.unique("id", keep="last", maintain_order=True), ITEM)
    nodes = stored_nodes(database, ITEM, scores["id"])
    names = {name: name for name in scores.columns if name != "id"}
    changed = differing(database, ITEM, scores.join(nodes, on="id"), names)
    # A list in the graph has no gaps.
    told = changed.rename({"node": "source"}).with_columns(
        pl.col(*names).cast(pl.Float64).fill_null(float("nan"))
    )
    stage.put(database, "scores", ITEM, told)


def _stage(
    database: Database,
    stage: Stage,
    kind: str,
    wanted: pl.DataFrame,
    standing: pl.DataFrame,
) -> None:
    names = [name for name in wanted.columns if name not in _PAIR]
    stand, twice = _once(standing)
    new = wanted.join(stand, on=_PAIR, how="anti")
    gone = pl.concat([stand.join(wanted, on=_PAIR, how="anti"), twice])
    stage.put(database, "new", kind, new)
    stage.put(database, "changed", kind, _changed(wanted, stand, names))
    stage.put(database, "gone", kind, gone.select(_RELATIONSHIP))


def _by_node(database: Database, edges: pl.DataFrame) -> pl.DataFrame:
    """The edges with internal ids in place of ids, and without nulls."""
    nodes = stored_nodes(database, ITEM, pl.concat([edges["src"], edges["dst"]]))
    return (
        edges.join(nodes.select(src="id", source="node"), on="src")
        .join(nodes.select(dst="id", target="node"), on="dst")
        .select(*_PAIR, pl.exclude("src", "dst", *_PAIR).fill_null(0))
    )


def _changed(
    wanted: pl.DataFrame, stand: pl.DataFrame, names: list[str]
) -> pl.DataFrame:
    both = wanted.join(stand, on=_PAIR, suffix="_stands")
    differs = (pl.col(n).ne_missing(pl.col(f"{n}_stands")) for n in names)
    return both.filter(pl.any_horizontal(differs)).select(*_RELATIONSHIP, *names)


def _once(stand: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The first relationship of each pair, and the others, which were made by hand."""
    first = stand.select(pl.struct(_PAIR).is_first_distinct()).to_series()
    return stand.filter(first), stand.filter(~first)
