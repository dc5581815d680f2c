"""What makes two trainings the same."""

from __future__ import annotations

from dataclasses import replace

from basketweave.gnn import LightGCNConfig
from basketweave.training.run import fingerprint
from tests.graphs import events, events_graph


def test_one_event_more_is_another_training() -> None:
    config, graph = LightGCNConfig(), events_graph([], 1, 2)
    mark = fingerprint(config, graph, 0)
    assert fingerprint(config, graph, 0) == mark
    assert fingerprint(config, graph, 1) != mark
    more = replace(graph, events={"PURCHASED": events([(0, 0)])})
    assert fingerprint(config, more, 0) != mark
    renamed = replace(graph, ids={k: ids + "x" for k, ids in graph.ids.items()})
    assert fingerprint(config, renamed, 0) != mark
