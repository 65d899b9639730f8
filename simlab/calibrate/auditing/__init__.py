"""Audit: where today's process departs from its model."""
