"""Where replications run: in this process, in worker processes."""
