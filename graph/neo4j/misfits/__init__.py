"""What others put into the graph: named, counted, and found by a statement."""
