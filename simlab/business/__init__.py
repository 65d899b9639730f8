"""Business cases: what a change is worth, how sure that is, and what came of it."""
