"""What was staged, put in place: decided in one step, then done piece by piece.

    (:Staged {what: 'flip', version, asOf})

says so from the first step to the last. Whoever derives next finishes what was broken off.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from basketweave.graph.neo4j.connection import Database, InTransaction
from basketweave.graph.neo4j.dataset import NOTE_DERIVED, note_derived
from basketweave.graph.neo4j.staging.pieces import Stage
from basketweave.graph.neo4j.writer import Writer
from basketweave.graph.planned.item_edges import COLUMNS
from basketweave.graph.schema import ITEM, check_name
from basketweave.progress import SILENT, Progress

AT_ONCE = 20_000
"""Up to so many changes are one transaction, which readers see whole or not at all."""

_FLIPS = "MATCH (s:Staged {what: 'flip'}) RETURN s.version, s.asOf"
_PIECES = """
    MATCH (s:Staged {version: $version})
    WHERE s.what <> 'flip'
    RETURN id(s), s.what, s.kind, s.rows, s.columns
    """


@dataclass(frozen=True)
class _Piece:
    node: int
    what: str
    kind: str
    rows: int
    columns: Sequence[str]

    @property
    def turn(self) -> int:
        """What goes comes last: a reader finds too many of a top-k, never too few."""
        return ("new", "changed", "scores", "gone").index(self.what)


def put_in_place(
    database: Database,
    writer: Writer,
    stage: Stage,
    as_of: int | None,
    progress: Progress = SILENT,
) -> None:
    """Let readers see what was staged; `as_of` is up to when it knows events.

    Where nothing was staged, no change is counted.
    """
    if not database.write(_PIECES, version=stage.version):
        note_derived(database, as_of)
        return
    writer.begin()
    database.write(
        "CREATE (:Staged {what: 'flip', version: $version, asOf: $as_of})",
        version=stage.version,
        as_of=as_of,
    )
    _finish(database, stage.version, as_of, progress)


def finish(database: Database, writer: Writer, progress: Progress = SILENT) -> None:
    """Put in place what was decided but broken off; take away what was only staged."""
    # Not as reads, which in a cluster may come to a server that lags behind.
    for version, as_of in database.write(_FLIPS):
        writer.begin()
        _finish(database, version, as_of, progress)
    if database.write("MATCH (s:Staged) RETURN id(s) LIMIT 1"):
        database.run_alone(
            "MATCH (s:Staged) CALL (s) { DELETE s } IN TRANSACTIONS OF 20 ROWS"
        )


def _finish(
    database: Database, version: str, as_of: int | None, progress: Progress
) -> None:
    rows = database.write(_PIECES, version=version)
    left = sorted((_Piece(*row) for row in rows), key=lambda one: one.turn)
    total = sum(one.rows for one in left)

    def end(run: InTransaction) -> None:
        run(NOTE_DERIVED, as_of=as_of)
        run("MATCH (s:Staged {version: $version}) DELETE s", version=version)

    def all_of_it(run: InTransaction) -> None:
        for piece in left:
            _do(piece, run)
        end(run)

    with progress.task("Putting in place", total) as advance:
        if total <= AT_ONCE:
            database.again(all_of_it)
            advance(total)
            return
        # One writer: to change a relationship the server may lock others beside it, so
        # that even two without an item in common can wait for one another.
        for piece in left:
            database.again(partial(_do, piece))
            advance(piece.rows)
        database.again(end)


def _do(piece: _Piece, run: InTransaction) -> None:
    """What a piece says, and away with it: done again, it finds nothing to do."""
    run(_statement(piece), piece=piece.node)
    run("MATCH (s:Staged) WHERE id(s) = $piece DELETE s", piece=piece.node)


def _statement(piece: _Piece) -> str:
    lists = {name: f"v{n}" for n, name in enumerate(piece.columns)}
    given = ", ".join(f"s.{check_name(n)} AS {v}" for n, v in lists.items())
    at = {name: f"{listed}[k]" for name, listed in lists.items()}
    return f"""
        MATCH (s:Staged)
        WHERE id(s) = $piece
        WITH s.rows AS rows, {given}
        UNWIND range(0, rows - 1) AS k
        {_change(piece, at)}
        """


def _change(piece: _Piece, at: dict[str, str]) -> str:
    if piece.what == "scores":
        names = [name for name in at if name != "source"]
        values = ", ".join(
            f"n.{name} = CASE WHEN isNaN({at[name]}) THEN null ELSE {at[name]} END"
            for name in names
        )
        return f"MATCH (n:{ITEM}) WHERE id(n) = {at['source']} SET {values}"
    kind, names = piece.kind, [*COLUMNS[piece.kind]]
    if piece.what == "new":
        values = ", ".join(f"{name}: {at[name]}" for name in names)
        return f"""
        MATCH (a:{ITEM})
        WHERE id(a) = {at["source"]}
        MATCH (b:{ITEM})
        WHERE id(b) = {at["target"]}
        CREATE (a)-[:{kind} {{{values}}}]->(b)
        """
    values = ", ".join(f"r.{name} = {at[name]}" for name in names if name in at)
    # Its ends are looked at, since a relationship that others deleted leaves its id.
    return f"""
        MATCH ()-[r:{kind}]->()
        WHERE id(r) = {at["relationship"]}
          AND id(startNode(r)) = {at["source"]}
          AND id(endNode(r)) = {at["target"]}
        {f"SET {values}" if piece.what == "changed" else "DELETE r"}
        """
