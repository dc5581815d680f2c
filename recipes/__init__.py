"""Recipes: a published system, rebuilt and reported on by one command."""
