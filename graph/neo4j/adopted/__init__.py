"""A graph of somebody's own: what is ours in it bears a prefix, and can be taken away."""
