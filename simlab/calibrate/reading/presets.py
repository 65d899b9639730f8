"""Columns of known exports, as their makers document them.

Sources of the names: ServiceNow's incident table (a CSV export has its field names as titles, one for
spreadsheets the labels of the list view; values are as shown) with its state codes; the titles of Jira's
issue navigator export, among them custom fields in brackets, and Atlassian's "Data pipeline export schema";
Zendesk's "Exporting data to a JSON, CSV, or XML file" (CSV export of tickets) and its API's ticket metrics;
the ticket export of Freshservice and Freshdesk; GLPI's search options of tickets, in English and French,
where names of people stand behind their role ("Assigned to - Technician"); the logs of the UCI repository and
of the BPI Challenges; the XES standard's extensions (IEEE 1849) and what process-mining tools write.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal


@dataclass(frozen=True, slots=True)
class Preset:
    """A known export: a column of which the first name that is there is taken, by what it says."""

    name: str
    log: Literal["events", "changes", "tickets"]
    marks: tuple[str, ...]
    """Columns that tell the export: all must be there, where two are parted by | one of them."""
    columns: Mapping[str, tuple[str, ...]]
    attributes: tuple[str, ...] = ()
    finished: tuple[str, ...] = ()
    """Statuses in which a ticket counts as resolved, in large or small letters."""
    waiting: Mapping[str, str] = field(default_factory=dict)
    """Who is waited for in a status, in large or small letters; empty for one that only sounds so."""
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Of histories in which a row is a change of one field: fields that tell status, team and person."""


ALL_OF_CASE: Final = "case:*"
"""Among attributes of a preset: all columns of cases that say nothing else."""

_SERVICENOW_WAITING: Final = {
    "On Hold": "other",
    "Awaiting User Info": "user",
    "Awaiting Caller": "user",
    "Awaiting Vendor": "vendor",
    "Awaiting Problem": "other",
    "Awaiting Change": "other",
    "Awaiting Evidence": "other",
    "3": "other",
}
_SERVICENOW_FINISHED: Final = ("Resolved", "Closed", "Canceled", "Cancelled", "6", "7", "8")
_JIRA_FINISHED: Final = (
    *("Resolved", "Closed", "Done", "Canceled", "Cancelled", "Declined", "Completed", "Rejected", "Won't Do"),
)
_JIRA_WAITING: Final = {
    "Waiting for customer": "user",
    "Pending": "other",
    "Waiting for approval": "other",
    "Waiting for support": "",
}
_GLPI_CLOSED: Final = ("Solved", "Closed", "Résolu", "Clos")
_GLPI_WAITING: Final = {"Pending": "user", "En attente": "user"}

_OWN_CASE: Final = {
    "case": ("case:concept:name",),
    "team": ("org:group",),
    "person": ("org:resource",),
    **{role: (f"case:{role}_at",) for role in ("created", "responded", "resolved", "closed")},
    **{role: (f"case:{role}",) for role in ("class", "priority", "channel", "reassignments", "reopens")},
}

PRESETS: Final = (
    Preset(
        "ServiceNow incident audit",
        "changes",
        ("number", "incident_state", "sys_updated_at", "sys_mod_count"),
        {
            "case": ("number",),
            "end": ("sys_updated_at",),
            "status": ("incident_state",),
            "team": ("assignment_group",),
            "person": ("assigned_to",),
            "created": ("opened_at",),
            "resolved": ("resolved_at",),
            "closed": ("closed_at",),
            "class": ("category",),
            "priority": ("priority",),
            "channel": ("contact_type",),
            "reassignments": ("reassignment_count",),
            "reopens": ("reopen_count",),
        },
        ("subcategory", "u_symptom", "impact", "urgency", "knowledge", "made_sla", "closed_code"),
        _SERVICENOW_FINISHED,
        _SERVICENOW_WAITING,
    ),
    Preset(
        "ServiceNow incidents",
        "tickets",
        ("number", "opened_at|sys_created_on", "assignment_group"),
        {
            "case": ("number",),
            "created": ("opened_at", "sys_created_on"),
            "resolved": ("resolved_at",),
            "closed": ("closed_at",),
            "status": ("incident_state", "state"),
            "team": ("assignment_group", "assignment_group.name"),
            "person": ("assigned_to", "resolved_by"),
            "class": ("category",),
            "priority": ("priority",),
            "channel": ("contact_type",),
            "reassignments": ("reassignment_count",),
            "reopens": ("reopen_count",),
        },
        ("subcategory", "impact", "urgency", "cmdb_ci", "business_service", "location", "close_code"),
        _SERVICENOW_FINISHED,
        _SERVICENOW_WAITING,
    ),
    Preset(
        "ServiceNow incidents (titles of the list view)",
        "tickets",
        ("Number", "Opened|Created", "Assignment group"),
        {
            "case": ("Number",),
            "created": ("Opened", "Created"),
            "resolved": ("Resolved",),
            "closed": ("Closed",),
            "status": ("Incident state", "State"),
            "team": ("Assignment group",),
            "person": ("Assigned to", "Resolved by"),
            "class": ("Category",),
            "priority": ("Priority",),
            "channel": ("Channel", "Contact type"),
            "reassignments": ("Reassignment count",),
            "reopens": ("Reopen count",),
        },
        ("Subcategory", "Impact", "Urgency", "Configuration item", "Service", "Location", "Resolution code"),
        _SERVICENOW_FINISHED,
        _SERVICENOW_WAITING,
    ),
    Preset(
        "Jira issues (issue navigator)",
        "tickets",
        ("Issue key", "Issue Type", "Created"),
        {
            "case": ("Issue key",),
            "created": ("Created",),
            "responded": ("Custom field ([CHART] Date of First Response)",),
            "resolved": ("Resolved", "Resolution date"),
            "status": ("Status",),
            "team": (
                *("Team Name", "Custom field (Team)", "Custom field (Assignment group)"),
                *("Component/s", "Components", "Project name"),
            ),
            "person": ("Assignee",),
            "class": ("Custom field (Request Type)", "Issue Type"),
            "priority": ("Priority",),
            "channel": ("Custom field (Channel)", "Custom field (Request Channel Type)"),
        },
        ("Issue Type", "Resolution", "Custom field (Impact)", "Custom field (Urgency)"),
        _JIRA_FINISHED,
        _JIRA_WAITING,
    ),
    Preset(
        "Jira issues (data pipeline)",
        "tickets",
        ("key", "issue_type", "created_date"),
        {
            "case": ("key",),
            "created": ("created_date",),
            "resolved": ("resolution_date",),
            "status": ("status",),
            "team": ("project_name",),
            "person": ("assignee_name", "assignee_id"),
            "class": ("issue_type",),
            "priority": ("priority_name", "priority_sequence"),
        },
        ("project_key", "status_category", "resolution"),
        _JIRA_FINISHED,
        _JIRA_WAITING,
    ),
    Preset(
        "Zendesk tickets",
        "tickets",
        ("Id", "Created at", "Assignee"),
        {
            "case": ("Id",),
            "created": ("Created at",),
            "resolved": ("Solved at",),
            "responded_after": ("First reply time in minutes",),
            "resolved_after": ("Full resolution time in minutes",),
            "status": ("Status",),
            "team": ("Group",),
            "person": ("Assignee",),
            "class": ("Ticket type", "Ticket form"),
            "priority": ("Priority",),
            "channel": ("Via", "Channel"),
            "stations": ("Group stations",),
            "reopens": ("Reopens",),
        },
        ("Organization", "Brand", "Replies", "Satisfaction Score"),
        ("Solved", "Closed", "Deleted"),
        {"Pending": "user", "Hold": "vendor", "On-hold": "vendor"},
    ),
    Preset(
        "Zendesk ticket metrics (API)",
        "tickets",
        ("ticket_id", "created_at", "solved_at", "group_stations"),
        {
            "case": ("ticket_id",),
            "created": ("created_at",),
            "resolved": ("solved_at",),
            "responded_after": ("reply_time_in_minutes.calendar", "first_reply_time_in_minutes"),
            "resolved_after": ("full_resolution_time_in_minutes.calendar",),
            "status": ("status",),
            "team": ("group", "group_name", "group_id"),
            "person": ("assignee", "assignee_name", "assignee_id"),
            "class": ("type", "ticket_type"),
            "priority": ("priority",),
            "channel": ("via_channel", "via.channel", "channel"),
            "stations": ("group_stations",),
            "reopens": ("reopens",),
        },
        ("replies", "assignee_stations"),
        ("Solved", "Closed", "Deleted"),
        {"Pending": "user", "Hold": "vendor"},
    ),
    Preset(
        "Freshservice tickets",
        "tickets",
        ("Ticket ID", "Created Time", "Agent|Agent Name"),
        {
            "case": ("Ticket ID",),
            "created": ("Created Time",),
            "responded": ("Initial Response Time", "First Response Time"),
            "resolved": ("Resolved Time",),
            "closed": ("Closed Time",),
            "status": ("Status",),
            "team": ("Agent Group", "Group", "Group Name"),
            "person": ("Agent", "Agent Name"),
            "class": ("Category", "Type"),
            "priority": ("Priority",),
            "channel": ("Source",),
        },
        ("Type", "Sub-Category", "Item", "Impact", "Urgency", "Department", "Resolution Status"),
        ("Resolved", "Closed"),
        {
            "Pending": "user",
            "Waiting on customer": "user",
            "Awaiting customer response": "user",
            "Waiting on third party": "vendor",
        },
    ),
    Preset(
        "GLPI tickets",
        "tickets",
        ("ID", "Opening date|Date d'ouverture", "Status|Statut"),
        {
            "case": ("ID",),
            "created": ("Opening date", "Date d'ouverture"),
            "resolved": ("Resolution date", "Solve date", "Date de résolution"),
            "closed": ("Closing date", "Date de clôture"),
            "status": ("Status", "Statut"),
            "team": (
                *("Assigned to - Technician group", "Technician group", "Assigned to - Group in charge"),
                *("Attribué à - Groupe de techniciens", "Groupe de techniciens"),
            ),
            "person": (*("Assigned to - Technician", "Technician", "Attribué à - Technicien", "Technicien"),),
            "class": ("Category", "Catégorie", "Type"),
            "priority": ("Priority", "Priorité"),
            "channel": ("Request source", "Source de la demande"),
        },
        ("Type", "Urgency", "Urgence", "Impact", "Location", "Lieu", "Entity", "Entité"),
        _GLPI_CLOSED,
        _GLPI_WAITING,
    ),
    Preset(
        "Jira issue history (data pipeline)",
        "changes",
        ("issue_id|issue_key", "created_date", "field", "to_string"),
        {
            "case": ("issue_key", "issue_id"),
            "end": ("created_date",),
            "field": ("field",),
            "value": ("to_string",),
            "before": ("from_string",),
        },
        finished=_JIRA_FINISHED,
        fields={
            "status": ("status",),
            "team": ("Team", "Assignment group", "Group", "Component"),
            "person": ("assignee",),
        },
        waiting=_JIRA_WAITING,
    ),
    Preset(
        "ServiceNow field history (sys_audit)",
        "changes",
        ("documentkey", "fieldname", "newvalue", "sys_created_on"),
        {
            "case": ("documentkey",),
            "end": ("sys_created_on",),
            "field": ("fieldname",),
            "value": ("newvalue",),
            "before": ("oldvalue",),
        },
        finished=_SERVICENOW_FINISHED,
        fields={
            "status": ("state", "incident_state"),
            "team": ("assignment_group",),
            "person": ("assigned_to",),
        },
        waiting=_SERVICENOW_WAITING,
    ),
    Preset(
        "Zendesk ticket field history",
        "changes",
        ("ticket_id", "field_name", "updated|updated_at|created_at", "value"),
        {
            "case": ("ticket_id",),
            "end": ("updated", "updated_at", "created_at"),
            "field": ("field_name",),
            "value": ("value",),
            "before": ("previous_value",),
        },
        finished=("Solved", "Closed", "Deleted"),
        fields={
            "status": ("status",),
            "team": ("group", "group_id"),
            "person": ("assignee", "assignee_id"),
        },
        waiting={"Pending": "user", "Hold": "vendor", "On-hold": "vendor"},
    ),
    Preset(
        "BPI Challenge 2013 (VINST)",
        "changes",
        ("case", "changed_at", "status", "sub_status"),
        {
            "case": ("case",),
            "end": ("changed_at",),
            "status": ("status",),
            "detail": ("sub_status",),
            "team": ("support_team",),
            "person": ("resource",),
            "class": ("product",),
            "priority": ("impact",),
        },
        ("level", "org_line", "function_div", "country"),
        ("Completed",),
    ),
    Preset(
        "BPI Challenge 2013 (VINST, titles as published)",
        "changes",
        ("SR Number", "Change Date+Time", "Status", "Sub Status"),
        {
            "case": ("SR Number",),
            "end": ("Change Date+Time",),
            "status": ("Status",),
            "detail": ("Sub Status",),
            "team": ("Involved ST",),
            "person": ("Owner First Name",),
            "class": ("Product",),
            "priority": ("Impact",),
        },
        ("Involved Org line 3", "Involved ST Function Div", "SR Latest Impact", "Country", "Owner Country"),
        ("Completed",),
    ),
    Preset(
        "simlab, changes",
        "changes",
        ("case:concept:name", "concept:name", "time:timestamp", "status", "case:created_at"),
        {**_OWN_CASE, "end": ("time:timestamp",), "status": ("status",)},
        (ALL_OF_CASE,),
    ),
    Preset(
        "simlab, events",
        "events",
        ("case:concept:name", "concept:name", "time:timestamp", "case:created_at"),
        {
            **_OWN_CASE,
            "activity": ("concept:name",),
            "enabled": ("enabled_timestamp",),
            "start": ("start_timestamp",),
            "end": ("time:timestamp",),
            "lifecycle": ("lifecycle:transition",),
        },
        (ALL_OF_CASE,),
    ),
)
"""Known exports; the first of which all marks are there is taken."""
