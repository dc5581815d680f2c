"""Encoders of what items are, rather than of who bought them."""
