"""Logs as they come, turned into event logs: files, mappings, instants, rows kept apart."""
