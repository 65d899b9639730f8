"""Engines: they decide *when* things happen; what happens to a ticket is written in ``simlab.model``."""
