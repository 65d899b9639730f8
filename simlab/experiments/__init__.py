"""Runs of scenarios: replications, estimates, comparison, experiment files."""
