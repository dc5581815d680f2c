"""The store's one file: opened, locked, put right, and followed by its next state."""
