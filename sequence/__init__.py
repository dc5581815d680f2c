"""Sequence models: what comes next after what a person did, in order."""
