"""Options and arguments that several commands have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

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
Jobs = Annotated[
    int | None,
    typer.Option(
        "--jobs", "-j", min=1, help="Runs at the same time; one a core if not given.", show_default=False
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
AllowUnstable = Annotated[
    bool, typer.Option("--allow-unstable", help="End well even if a team cannot keep up with its work.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
