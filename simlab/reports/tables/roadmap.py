"""Table of a roadmap: what changes when, and over which time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from simlab.reports.tables.table import Table, table
from simlab.scenario.versions import flow_text
from simlab.units import parse_date_time, parse_duration


def roadmap(resolved: Mapping[str, Any]) -> Table:
    """Return a row for each change of a scenario, given as plain values, in order of time."""
    rows = []
    for milestone in resolved.get("roadmap") or ():
        begins = parse_date_time(milestone["at"])
        ends = (
            begins + timedelta(minutes=parse_duration(milestone["ramp"])) if milestone.get("ramp") else begins
        )
        changes = "; ".join(f"{path}: {flow_text(value)}" for path, value in milestone["set"].items())
        rows.append((str(milestone.get("label") or changes), _said(begins), _said(ends), changes))
    rows.sort(key=lambda row: row[1])
    return table("roadmap", "Changes of the roadmap", ("change", "from", "until", "values"), rows)


def _said(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"
