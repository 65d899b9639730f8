"""Figures: each a function from a table to a matplotlib figure, which is returned."""
