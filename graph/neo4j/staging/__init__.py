"""A new version of what is derived, written beside the old one and then put in place."""
