"""The command line. Importing it is cheap: what commands need is imported when they run."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from io import TextIOWrapper


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave by SystemExit with an :class:`~simlab.errors.ExitCode`.

    Parameters
    ----------
    arguments
        What was written behind ``simlab``; that of this process where not given.
    """
    # Matrices here are small: threads of linear algebra would only take the cores from the simulations.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # closed before the start, as by >&- or a service manager
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 - as long as we live
        elif isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a letter that the terminal lacks must not end a command
    try:
        from simlab.cli.app import app

        app(args=None if arguments is None else list(arguments), prog_name="simlab")
    except KeyboardInterrupt:  # while it starts: commands tell it themselves
        sys.stderr.write("simlab: interrupted\n")
        raise SystemExit(130) from None
    except OSError as error:  # while it prints its help
        sys.stderr.write(f"simlab: standard output: {error.strerror}\n")
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # Python flushes once more at its end
        raise SystemExit(6) from None
