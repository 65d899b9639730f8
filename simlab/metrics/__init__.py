"""Numbers from logs: responses of a replication, tables for figures, and the invariants of a run."""
