"""How far a long task is, for whoever wants to show it."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Receiver of progress."""

    def started(self, n_total: int) -> None:
        """Work of ``n_total`` pieces begins; a later call corrects the total."""

    def advanced(self, n_pieces: int = 1) -> None:
        """So many more pieces are done."""

    def finished(self) -> None:
        """Nothing more will come, whether or not everything was done."""


class Silence:
    """Progress that nobody looks at."""

    def started(self, n_total: int) -> None:
        """Show nothing."""

    def advanced(self, n_pieces: int = 1) -> None:
        """Show nothing."""

    def finished(self) -> None:
        """Show nothing."""
