"""Options and arguments that several commands have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simlab.cli.terminal import terminal


def _told_where_others_may_run(cluster: str | None) -> str | None:
    from simlab.execution.cluster import is_open_to_others

    if is_open_to_others(cluster):
        terminal.warn(
            f"{cluster} asks nobody who they are: whoever reaches it can run programs on its workers\n"
            "    -> use TLS with certificates of your own (tls://...), or a closed network"
        )
    return cluster


ScenarioFile = Annotated[Path, typer.Argument(help="Scenario file.", show_default=False)]
WhatIf = Annotated[
    list[str] | None,
    typer.Option("--what-if", metavar="NAME", help="Apply a change under what_if; may be repeated."),
]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="PATH=VALUE", help="Set a value: staffing.desk.people=9; may be repeated."),
]
Root = Annotated[
    Path | None,
    typer.Option("--root", help="Folder that all files must lie in; by default that of the scenario."),
]
Seed = Annotated[
    int | None,
    typer.Option(
        "--seed", min=0, help="Seed of all randomness; 1 if no file says otherwise.", show_default=False
    ),
]
Replications = Annotated[
    int | None,
    typer.Option(
        "--replications",
        "-n",
        min=1,
        help="Independent runs of each scenario; 20 if no file says otherwise.",
        show_default=False,
    ),
]
Engine = Annotated[
    str,
    typer.Option(
        "--engine", help="auto, simpy or compiled: they leave the same figures; auto takes the faster one."
    ),
]
Precision = Annotated[
    list[str] | None,
    typer.Option(
        "--precision",
        metavar="GOAL",
        help="Run until a response is this precise: 'resolution_mean 5 %'; may be repeated.",
    ),
]
MaxReplications = Annotated[
    int | None,
    typer.Option(
        "--max-replications",
        min=10,
        help="Most runs with --precision; 200 if no file says otherwise.",
        show_default=False,
    ),
]
Controls = Annotated[
    bool,
    typer.Option("--controls", help="Narrow intervals by control variates: the tickets and work that came."),
]
ByHour = Annotated[
    str | None,
    typer.Option("--by-hour", metavar="PERIOD", help="Show the hours of the day or week; keeps all logs."),
]
HoursFile = Annotated[
    Path | None, typer.Option("--csv", help="Write the hours to this CSV file.", show_default=False)
]
Jobs = Annotated[
    int | None,
    typer.Option(
        "--jobs", "-j", min=1, help="Runs at the same time; one a core if not given.", show_default=False
    ),
]
Cluster = Annotated[
    str | None,
    typer.Option(
        "--cluster",
        metavar="PLACE",
        callback=_told_where_others_may_run,
        help="Run on a Dask cluster: local:4 or tcp://host:port.",
        show_default=False,
    ),
]
Confidence = Annotated[
    float, typer.Option("--confidence", min=0.5, max=0.999, help="Confidence of the intervals.")
]
Store = Annotated[Path, typer.Option("--store", help="Folder that keeps results.")]
NoStore = Annotated[bool, typer.Option("--no-store", help="Keep no results.")]
Logs = Annotated[str, typer.Option("--logs", help="Whose logs are kept: first, all or none of the runs.")]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Only say how much would be run, and how long it takes.")
]
Force = Annotated[bool, typer.Option("--force", help="Run even if far more tickets are expected than usual.")]
Limit = Annotated[
    list[str] | None,
    typer.Option(
        "--limit",
        metavar="NAME=VALUE",
        help="End a run that is beyond: events, tickets, open, time or memory=2 GiB; may be repeated.",
    ),
]
AllowUnstable = Annotated[
    bool, typer.Option("--allow-unstable", help="End well even if a team cannot keep up with its work.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
ReportFile = Annotated[
    Path | None, typer.Option("--report", help="Write a report to this HTML file.", show_default=False)
]
Lang = Annotated[str, typer.Option("--lang", help="Language of the report: en or zh.")]
