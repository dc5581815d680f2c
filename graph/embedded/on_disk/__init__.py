"""The store's one file: opening, locking, recovery, and writing its next state."""
