"""From the graph to a `Subgraph`: the engine's node numbers become positions."""
