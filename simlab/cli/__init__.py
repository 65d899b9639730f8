"""The command line. Importing it is cheap: what commands need is imported when they run."""

from __future__ import annotations

from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave by SystemExit with an :class:`~simlab.errors.ExitCode`.

    Parameters
    ----------
    arguments
        What was written behind ``simlab``; that of this process where not given.
    """
    from simlab.cli.app import app

    app(args=None if arguments is None else list(arguments), prog_name="simlab")
