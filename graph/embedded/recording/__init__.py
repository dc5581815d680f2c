"""Events between two writes: in a journal on the disk, and in memory for requests."""
