"""The command line as users call it."""

from __future__ import annotations

from tests.commands import folder, simlab

__all__ = ["folder", "simlab"]
