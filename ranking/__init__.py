"""Scorers: models that cannot be split into two vectors, and re-rank candidates."""
