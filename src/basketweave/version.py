"""The version of this package; every room may read it, as nothing stands below."""

__version__ = "0.1.0"
