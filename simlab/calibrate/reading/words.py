"""Usual names of columns and statuses, for logs that are no known export."""

from __future__ import annotations

from typing import Final

_ROLES: Final = """
case case:concept:name zendesk_id case_id caseid case case_number ticket_id ticket ticket_number incident_id
case incident incident_number request_id issue_key number trace_id sr_number order_id claim_id
case application_id loan_id conversation_id conversation enquiry_id inquiry_id policy_id complaint_id
case session_id job_id work_order task_id alert_id alarm_id id key
activity concept:name activity activity_name event event_name task task_name action step
activity activity_type operation
start start_timestamp start_time started_at start starttime start_date begin begin_time started
start start_datetime
end time:timestamp end_timestamp end_time ended_at timestamp time end endtime complete_timestamp
end completed_at completetime finish_time finished_at event_time date datetime event_timestamp
end end_date datestamp changed_at updated_at modified_at change_time sys_updated_at
enabled enabled_at enable_time enabled_time enabled_timestamp arrival_time
lifecycle lifecycle:transition lifecycle transition event_type state_transition
status status state incident_state ticket_status case_status
detail sub_status substatus status_detail substate
team org:group team group assignment_group support_team assigned_group queue department
team support_group agent_group org:role role workgroup resolver_group assigned_team
person org:resource resource person agent assignee assigned_to user employee owner technician
person handler performer
created created_at created created_time opened_at opened open_time creation_date created_date
created created_on opening_date submitted submit_date reported_at reported_date date_created
created create_time registered_at reg_date registration_date
responded responded_at responded first_response_time first_response_at first_responded_at
responded response_time initial_response_time
resolved resolved_at resolved resolved_time solved_at solved resolution_date resolve_date
resolved resolved_date resolved_on resolution_time date_resolved completed
closed closed_at closed closed_time close_time closing_date closed_date close_date closed_on
closed date_closed
class class category ticket_class service request_type type ticket_type issue_type product topic
class service_component case_type
priority priority ticket_priority prio severity impact urgency
channel channel contact_type source via request_source contact_channel
reassignments reassignments reassignment_count no_of_reassignments reassignment hops
stations stations group_stations
reopens reopens reopen_count reopened no_of_reopens reopen
"""


_PARTS: Final = """
case case ticket incident claim application order loan conversation enquiry inquiry policy complaint
case request vorgang dossier caso trace
activity activity aktivität aktivitaet task event action step activité actividad operation
start start begin started beginn début inicio
end complete completed end finish finished ended ende fin eventtime timestamp datestamp changed time
status new to status state statut estado zustand
team team group gruppe groupe queue department abteilung grupo
person resource agent user assignee employee bearbeiter handler owner username responsable by
created created opened opening registered submitted creation erstellt eröffnet ouverture apertura
created creado reported
resolved resolved solved resolution résolution gelöst behoben erledigt resuelto
closed closed closing geschlossen fermeture clôture cerrado
class category kategorie catégorie service type typ product
priority priority priorität priorité prioridad severity
channel channel kanal canal source
"""

_NOT_THIS: Final = """
case type status class priority date time channel category name by group
activity number id date time
start by
end by to
status old from previous by id date
person id type date
created by
resolved by
closed by
class id
"""


def _role_words(text: str) -> dict[str, tuple[str, ...]]:
    words: dict[str, tuple[str, ...]] = {}
    for line in text.split("\n"):
        role, *names = line.split() or [""]
        if role:
            words[role] = (*words.get(role, ()), *names)
    return words


ROLE_WORDS: Final = _role_words(_ROLES)
"""Usual names of columns in small letters with _ for spaces, by what they say; the likelier ones first."""

PART_WORDS: Final = _role_words(_PARTS)
"""Words in the name of a column that tell what it says, for names that are not usual."""

OTHER_WORDS: Final = _role_words(_NOT_THIS)
"""Words that tell that it says something else."""

FINISHED_WORDS: Final = (
    *("resolved", "closed", "completed", "solved", "done", "cancelled", "canceled"),
    *("finished", "fixed", "rejected"),
)
"""A status that begins with one of these counts as resolved."""

WAITING_WORDS: Final = {
    "user": ("user", "customer", "caller", "requester", "client", "reporter"),
    "vendor": ("vendor", "third party", "supplier", "3rd party", "external"),
    "other": ("wait", "pending", "on hold", "hold", "awaiting", "suspended", "on-hold"),
}
"""A status with a word of the last row waits; those with a word of the other rows wait for user or vendor."""

MISSING_WORDS: Final = ("?", "NULL", "null", "None", "N/A", "n/a", "NaN", "nan", "#N/A", "(empty)", "NIL")
"""Texts that stand for nothing where they occur."""

LIFECYCLE_WORDS: Final = frozenset(
    (
        *(
            "schedule",
            "assign",
            "reassign",
            "start",
            "suspend",
            "resume",
            "complete",
            "autoskip",
            "manualskip",
        ),
        *("withdraw", "ate_abort", "pi_abort", "ate abort", "pi abort", "enable", "enabled", "unknown"),
    )
)
"""Transitions of the XES standard's lifecycle, and what tools write besides."""
