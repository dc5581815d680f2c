"""Published models: `(:Model)` nodes, their vectors, and which version is live."""
