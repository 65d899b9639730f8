"""Faults as a user meets them: by the command line."""

from __future__ import annotations

from tests.commands import folder, simlab

__all__ = ["folder", "simlab"]
