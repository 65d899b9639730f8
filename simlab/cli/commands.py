"""What all commands have: the options -q, -v and --debug, and errors told in a few words."""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from typing import Annotated

import typer

from simlab.cli.terminal import terminal
from simlab.errors import ExitCode, SimlabError

Command = Callable[..., None]

_COMMON = {
    "quiet": Annotated[bool, typer.Option("--quiet", "-q", help="Print results and errors only.")],
    "verbose": Annotated[bool, typer.Option("--verbose", "-v", help="Print more.")],
    "debug": Annotated[bool, typer.Option("--debug", help="Print where an error was raised.")],
}


def command(function: Command) -> Command:
    """Give a command the common options, and turn what it raises into a message and an exit code."""

    @wraps(function)
    def told(*, quiet: bool, verbose: bool, debug: bool, **arguments: object) -> None:
        terminal.set_up(quiet, verbose, debug)
        try:
            function(**arguments)
            sys.stdout.flush()
        except typer.Exit:
            raise
        except SimlabError as error:
            _debug(error)
            terminal.error(_said(error))
            raise typer.Exit(error.exit_code) from None
        except KeyboardInterrupt:
            terminal.error("interrupted")
            raise typer.Exit(ExitCode.INTERRUPTED) from None
        except BrokenPipeError:
            _leave_standard_output()  # the reader has gone, as `head` does
            raise typer.Exit(ExitCode.DONE) from None
        except OSError as error:
            # What is not told where it happens: names that are too long, a full disk behind a redirection.
            _debug(error)
            _leave_standard_output()
            reason = error.strerror or type(error).__name__
            place = error.filename or "standard output, or a file"
            terminal.error(f"{place}: {reason}\n    -> check that it can be read and written")
            raise typer.Exit(ExitCode.STORAGE) from None
        except Exception as error:
            _debug(error)
            terminal.error(
                f"a defect: {type(error).__name__}: {error}\n"
                "    -> please report it, with what --debug prints and the scenario"
            )
            raise typer.Exit(ExitCode.DEFECT) from None

    signature = inspect.signature(function, eval_str=True)
    common = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=False, annotation=annotation)
        for name, annotation in _COMMON.items()
    ]
    parameters = [*signature.parameters.values(), *common]
    told.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    told.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return told


def _leave_standard_output() -> None:
    """Write to nowhere from now on: without this Python would complain when it flushes at its end."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _said(error: SimlabError) -> str:
    if error.exit_code is ExitCode.INTERRUPTED:
        return f"{error}\n    -> the same command goes on from there"
    return str(error)


def _debug(error: Exception) -> None:
    if terminal.is_debugging:
        import traceback

        terminal.note("".join(traceback.format_exception(error)))
        terminal.note(getattr(error, "traceback", ""))
