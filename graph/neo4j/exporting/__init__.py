"""From the graph to a `Subgraph`: internal ids become positions."""
