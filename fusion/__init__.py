"""Fusion: several models in one, by weights, by features, or by a gate."""
