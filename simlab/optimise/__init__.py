"""Optimisation: searching the configurations of a scenario, and telling honestly what was found."""
