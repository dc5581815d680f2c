"""The errors a person can meet, each of which says what to do next."""

from __future__ import annotations


class BasketweaveError(Exception):
    """Any error this package raises on purpose.

    `exit_code` is what the command line returns for it.
    """

    exit_code = 1


class UsageError(BasketweaveError):
    """An argument cannot be used as given (a `k` of 0, an unknown model name)."""

    exit_code = 2


class DataError(BasketweaveError):
    """A source file or a table cannot be used, or too many of its rows cannot."""

    exit_code = 3


class StoreError(BasketweaveError):
    """The database cannot be opened, reached, read or written."""

    exit_code = 4


class SchemaError(StoreError):
    """The store's schema is newer than this package, or a name is not in it."""


class StoreBusyError(StoreError):
    """Another process holds the store for writing."""


class ServerLost(StoreError):
    """The connection to a server was lost; everything that was committed stays."""


class NotFoundError(BasketweaveError):
    """A user, item or model that was asked for does not exist."""

    exit_code = 5


class NotReadyError(NotFoundError):
    """The store is empty, or nothing is derived yet: nobody can be answered."""


class TrainingError(BasketweaveError):
    """A model could not be trained: too little data, or a loss that is not finite."""

    exit_code = 6


class ServiceError(BasketweaveError):
    """A service cannot be reached, refuses a key, is asked too often, or fails."""

    exit_code = 7
