"""What in the graph is not as this package writes it, with counts and statements."""
