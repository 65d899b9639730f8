"""All commands of the command line."""

from __future__ import annotations

from typing import Annotated

import typer

from simlab.cli.auditing import audit
from simlab.cli.business import case
from simlab.cli.calibrating import calibrate
from simlab.cli.commands import command
from simlab.cli.comparing import compare
from simlab.cli.documenting import diff, document
from simlab.cli.exchanging import export_process, import_process
from simlab.cli.experimenting import capacity, sensitivity, sweep
from simlab.cli.logs import convert, profile
from simlab.cli.monitoring import monitor
from simlab.cli.register import register
from simlab.cli.reporting import report
from simlab.cli.results import results
from simlab.cli.running import run
from simlab.cli.scenarios import describe, init, schema, validate
from simlab.cli.studies import demo, optimize
from simlab.cli.system import doctor, version
from simlab.cli.warming import warm_up

app = typer.Typer(
    help="A what-if laboratory for service processes.",
    epilog="Start with: simlab init my-desk",
    no_args_is_help=True,
    rich_markup_mode=None,  # help without rich comes at half the cost
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

for function in (
    init,
    validate,
    describe,
    document,
    diff,
    run,
    warm_up,
    compare,
    sweep,
    sensitivity,
    capacity,
    optimize,
    case,
    monitor,
    report,
    profile,
    convert,
    calibrate,
    audit,
    schema,
    doctor,
    demo,
    version,
):
    app.command(function.__name__.replace("_", "-"))(command(function))
app.command("import")(command(import_process))
app.command("export")(command(export_process))
app.add_typer(results, name="results")
app.add_typer(register, name="register")


def _tell_version(is_asked: bool) -> None:
    if is_asked:
        version()
        raise typer.Exit


@app.callback()
def _callback(
    is_version: Annotated[
        bool,
        typer.Option("--version", help="Print the version and leave.", is_eager=True, callback=_tell_version),
    ] = False,
) -> None:
    """A what-if laboratory for service processes."""
