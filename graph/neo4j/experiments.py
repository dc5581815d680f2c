"""Experiments as nodes of the graph."""

from __future__ import annotations

from basketweave.graph.experiments import LiveExperiment, experiment_of, properties
from basketweave.graph.neo4j.connection import Database


def write(database: Database, experiment: LiveExperiment) -> None:
    """Make the node of this name say this."""
    database.write(
        "MERGE (e:Experiment {name: $name}) SET e += $said",
        name=experiment.name,
        said=properties(experiment),
    )


def read(database: Database) -> list[LiveExperiment]:
    """All experiments, the newest first."""
    rows = database.read(
        "MATCH (e:Experiment) RETURN properties(e) ORDER BY e.startedAt DESC, e.name"
    )
    return [experiment_of(node) for (node,) in rows]
