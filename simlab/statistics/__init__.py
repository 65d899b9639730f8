"""What may be concluded from replications, and exact queueing results: arrays in, frozen dataclasses out."""
