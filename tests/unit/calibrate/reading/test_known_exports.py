"""Exports of ticket tools in the form that their makers document: read, looked at, and fitted.

The tickets are made up, the same in each: 120 of four weeks, of which every tenth is still open.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from simlab.calibrate.fit import fit
from simlab.calibrate.paths import paths_of
from simlab.calibrate.profiling.profile import profile
from simlab.calibrate.read import ReadLog, read_log
from simlab.calibrate.written_scenario import write_scenario
from simlab.errors import InvalidInput
from simlab.model.load import load

N = 120
MONDAY = datetime(2024, 1, 8)
EPOCH = datetime(1970, 1, 1)


@dataclass(frozen=True)
class Ticket:
    number: int
    created: datetime
    resolved: datetime | None
    moves: int

    @property
    def person(self) -> str:
        return f"Ann {self.number % 4}"

    @property
    def team(self) -> str:
        return ("Desk", "Network")[self.number % 2]

    def said(self, form: str) -> tuple[str, str]:
        """Creation and resolution, in the form of a tool."""
        created, resolved = self.created, self.resolved
        return _clock(created, form), _clock(resolved, form) if resolved else ""


def _clock(at: datetime, form: str) -> str:
    text = at.strftime(form)
    return text.replace("/0", "/").replace(" 0", " ") if "%p" in form else text


def tickets() -> Iterator[Ticket]:
    rng = np.random.default_rng(1)
    for number in range(N):
        created = MONDAY + timedelta(
            days=7 * (number // 30) + number % 5, minutes=int(rng.integers(480, 1020))
        )
        hours = timedelta(minutes=int(rng.integers(5, 3000)))
        yield Ticket(number, created, None if number % 10 == 9 else created + hours, number % 3)


def quoted(*values: object) -> str:
    return ",".join('"' + str(value).replace('"', '""') + '"' for value in values)


def servicenow(t: Ticket) -> str:
    created, resolved = t.said("%Y-%m-%d %H:%M:%S")
    state = "Resolved" if resolved else ("On Hold", "In Progress")[t.number // 10 % 2]
    return quoted(
        f"INC{t.number:07}", created, "Mail, again", "Bea", "3 - Moderate", state, "Software", t.team,
        t.person,
        created, resolved, "", t.moves, 0, "Self-service",
    )  # fmt: skip


def servicenow_labels(t: Ticket) -> str:
    created, resolved = t.said("%d-%m-%Y %H:%M:%S")
    state = "Closed" if resolved else "Canceled" if t.number == 119 else "New"
    return quoted(
        f"INC{t.number:07}", created, resolved, resolved, state, "2 - High", "Network", t.team, t.person
    )


def jira(t: Ticket) -> str:
    created, resolved = t.said("%d/%b/%y %I:%M %p")
    status = "Resolved" if resolved else ("Waiting for support", "Waiting for customer")[t.number // 10 % 2]
    return quoted(
        'A "big" thing\nof two lines', f"SD-{t.number}", 10000 + t.number, "Service Request", status, "SD",
        "Desk", "High", "Done" if resolved else "", t.person, created, created, resolved, t.team, "lab1",
        "lab2",
        "Get help", created,
    )  # fmt: skip


def jira_pipeline(t: Ticket) -> str:
    created, resolved = t.said("%Y-%m-%dT%H:%M:%SZ")
    status = "Closed" if resolved else "Pending"
    return quoted(
        t.number, f"SD-{t.number}", "SD", t.team, "Incident", t.person, status, "High", created, resolved
    )


def zendesk(t: Ticket) -> str:
    created, resolved = t.said("%Y-%m-%d %H:%M")
    status = "Solved" if resolved else ("Pending", "Hold")[t.number // 10 % 2]
    return quoted(
        t.number, "Bea", t.person, t.team, status, "Normal", "Web form", "Incident", created, created,
        resolved, "0", t.moves + 1, 0, 2,
    )  # fmt: skip


def zendesk_metrics(t: Ticket) -> str:
    created, resolved = t.said("%Y-%m-%dT%H:%M:%SZ")
    status = "solved" if resolved else "pending"
    return quoted(7000 + t.number, t.number, created, t.moves + 1, 1, 0, 1, resolved, status)


def freshservice(t: Ticket) -> str:
    created, resolved = t.said("%Y-%m-%d %H:%M:%S")
    status = "Closed" if resolved else "Pending"
    return quoted(
        t.number, "x", status, "Medium", "Portal", "Incident", t.person, t.team, created, resolved, resolved,
        created, "00:12:30", "Within SLA",
    )  # fmt: skip


def glpi(t: Ticket) -> str:
    created, resolved = t.said("%Y-%m-%d %H:%M")
    values = (
        t.number,
        "x",
        "Solved" if resolved else "Pending",
        created,
        resolved,
        "",
        "High",
        "Bea",
        t.person,
    )
    return ";".join(f'"{value}"' for value in (*values, t.team, "Mail > Outlook"))


def glpi_french(t: Ticket) -> str:
    created, resolved = t.said("%d-%m-%Y %H:%M")
    values = (
        t.number,
        "é",
        "Résolu" if resolved else "En attente",
        created,
        resolved,
        "",
        "Haute",
        "Bea",
        t.person,
    )
    return ";".join(f'"{value}"' for value in (*values, t.team, "Réseau"))


@dataclass(frozen=True)
class Export:
    preset: str
    header: str
    row: Callable[[Ticket], str]
    encoding: str = "utf-8"
    waiting: tuple[tuple[str, str], ...] = ()
    has_moves: bool = True


EXPORTS = {
    "servicenow": Export(
        "ServiceNow incidents",
        '"number","sys_created_on","short_description","caller_id","priority","state","category",'
        '"assignment_group","assigned_to","opened_at","resolved_at","closed_at","reassignment_count","reopen_count","contact_type"',
        servicenow, "cp1252", (("On Hold", "other"),),
    ),
    "servicenow labels": Export(
        "ServiceNow incidents (titles of the list view)",
        '"Number","Opened","Resolved","Closed","State","Priority","Category","Assignment group",'
        '"Assigned to"',
        servicenow_labels, has_moves=False,
    ),
    "jira": Export(
        "Jira issues (issue navigator)",
        "Summary,Issue key,Issue id,Issue Type,Status,Project key,Project name,Priority,Resolution,Assignee,"
        "Created,Updated,Resolved,Component/s,Labels,Labels,Custom field (Request Type),"
        "Custom field ([CHART] Date of First Response)",
        jira, waiting=(("Waiting for customer", "user"),), has_moves=False,
    ),
    "jira data pipeline": Export(
        "Jira issues (data pipeline)",
        "id,key,project_key,project_name,issue_type,assignee_name,status,priority_name,created_date,"
        "resolution_date",
        jira_pipeline, waiting=(("Pending", "other"),), has_moves=False,
    ),
    "zendesk": Export(
        "Zendesk tickets",
        "Id,Requester,Assignee,Group,Status,Priority,Via,Ticket type,Created at,Updated at,Solved at,"
        "Resolution time,Group stations,Reopens,Replies",
        zendesk, waiting=(("Hold", "vendor"), ("Pending", "user")),
    ),
    "zendesk metrics": Export(
        "Zendesk ticket metrics (API)",
        "id,ticket_id,created_at,group_stations,assignee_stations,reopens,replies,solved_at,status",
        zendesk_metrics, waiting=(("pending", "user"),),
    ),
    "freshservice": Export(
        "Freshservice tickets",
        "Ticket ID,Subject,Status,Priority,Source,Type,Agent,Group,Created time,Resolved time,Closed time,"
        "Initial response time,First response time (in hrs),Resolution status",
        freshservice, waiting=(("Pending", "user"),), has_moves=False,
    ),
    "glpi": Export(
        "GLPI tickets",
        '"ID";"Title";"Status";"Opening date";"Resolution date";"Closing date";"Priority";'
        '"Requester - Requester";'
        '"Assigned to - Technician";"Assigned to - Technician group";"Category"',
        glpi, waiting=(("Pending", "user"),), has_moves=False,
    ),
    "glpi french": Export(
        "GLPI tickets",
        '"ID";"Titre";"Statut";"Date d\'ouverture";"Date de résolution";"Date de clôture";"Priorité";'
        '"Demandeur - Demandeur";"Attribué à - Technicien";"Attribué à - Groupe de techniciens";"Catégorie"',
        glpi_french, "utf-8-sig", (("En attente", "user"),), has_moves=False,
    ),
}  # fmt: skip


def exported(folder: Path, name: str) -> ReadLog:
    export = EXPORTS[name]
    path = folder / "export.csv"
    lines = [export.header, *(export.row(ticket) for ticket in tickets())]
    path.write_bytes(("\r\n".join(lines) + "\r\n").encode(export.encoding))
    return read_log(path)


@pytest.mark.parametrize("name", EXPORTS)
def test_export_says_what_its_columns_say(tmp_path: Path, name: str) -> None:
    export, read = EXPORTS[name], exported(tmp_path, name)
    cases = read.log.cases
    by_created = sorted(tickets(), key=lambda ticket: ticket.created)
    assert (read.preset, read.rejected, read.remarks) == (export.preset, (), ())
    shift = (MONDAY - EPOCH).total_seconds() / 60.0
    expected = [(ticket.created - MONDAY).total_seconds() / 60.0 + shift for ticket in by_created]
    assert cases.created.tolist() == pytest.approx(expected, abs=1.0)
    is_open = [ticket.resolved is None for ticket in by_created]
    assert cases.is_open.tolist() == is_open
    spent = [(t.resolved - t.created).total_seconds() / 60.0 for t in by_created if t.resolved]
    assert (cases.resolved - cases.created)[~cases.is_open].tolist() == pytest.approx(spent, abs=1.0)
    assert tuple(sorted(read.mapping.waiting.items())) == export.waiting
    assert cases.priority.is_known or "metrics" in name
    if export.has_moves:
        moves = {ticket.created: ticket.moves for ticket in by_created}
        assert cases.reassignments.tolist() == [moves[ticket.created] for ticket in by_created]


@pytest.mark.parametrize("name", EXPORTS)
def test_export_is_looked_at_and_fitted(tmp_path: Path, name: str) -> None:
    read = exported(tmp_path, name)
    found = profile(read.log)
    assert (found.n_cases, found.n_open) == (N, N // 10)
    assert any("a row a ticket" in warning for warning in found.warnings)
    fitted = fit(paths_of(read.log))
    assert fitted.arrivals.per_week == pytest.approx(N / 4, rel=0.2)
    for file, content in write_scenario(fitted, name).files.items():
        (tmp_path / file).write_text(content, encoding="utf-8")
    assert load(tmp_path / "scenario.yaml").model.names.steps


def test_jira_dates_of_a_spreadsheet_are_asked_where_they_can_be_read_both_ways(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_text(
        "Issue key,Issue Type,Status,Created,Resolved\nSD-1,Bug,Done,03/04/2024 16:14,04/04/2024 9:00\n"
    )
    with pytest.raises(InvalidInput, match="begin with the day or the month"):
        read_log(path)
