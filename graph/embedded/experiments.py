"""Experiments as nodes of the embedded store."""

from __future__ import annotations

from basketweave.graph.embedded import schema
from basketweave.graph.embedded.connection import Session
from basketweave.graph.experiments import (
    EXPERIMENT,
    LiveExperiment,
    experiment_of,
    properties,
)

_COLUMNS = (
    "name STRING PRIMARY KEY, a STRING, b STRING, share DOUBLE, startedAt INT64, "
    "stoppedAt INT64"
)


def write(session: Session, experiment: LiveExperiment) -> None:
    """Make the node of this name say this."""
    session.do(f"CREATE NODE TABLE IF NOT EXISTS {EXPERIMENT}({_COLUMNS})")
    given = properties(experiment)
    said = ", ".join(f"e.{name} = ${name}" for name in given)
    session.do(
        f"MERGE (e:{EXPERIMENT} {{name: $name}}) SET {said}",
        {"name": experiment.name, **given},
    )


def read(session: Session) -> list[LiveExperiment]:
    """All experiments, the newest first."""
    if EXPERIMENT not in schema.names(session):
        return []
    rows = session.rows(
        f"MATCH (e:{EXPERIMENT}) RETURN e ORDER BY e.startedAt DESC, e.name"
    )
    return [experiment_of(node) for (node,) in rows]
