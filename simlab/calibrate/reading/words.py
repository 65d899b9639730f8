"""Usual names of columns and statuses, for logs that are no known export."""

from __future__ import annotations

from typing import Final

_ROLES: Final = """
activity concept:name activity activity_name event event_name task task_name action step
activity activity_type operation operation_name procedure milestone span_name page process_step work_step
activity action_name step_name
start start_timestamp start_time started_at start starttime start_date begin begin_time started
start start_datetime
end time:timestamp end_timestamp end_time ended_at timestamp time end endtime complete_timestamp
end completed_at completetime finish_time finished_at event_time date datetime event_timestamp
end end_date datestamp changed_at updated_at modified_at change_time sys_updated_at
end sys_updated_on event_date complete_time complete_date finish finished stop ts when at
end occurred_at logged_at
enabled enabled_at enable_time enabled_time enabled_timestamp arrival_time
lifecycle lifecycle:transition lifecycle transition event_type state_transition
status status state incident_state ticket_status case_status
detail sub_status substatus status_detail substate
team org:group team group assignment_group support_team assigned_group queue department
team support_group agent_group org:role role workgroup resolver_group assigned_team
team unit org_unit business_unit agent_position position ward
person org:resource resource person agent assignee assigned_to user employee owner technician
person handler performer staff staff_id staff_member operator clerk worker worker_id machine machine_id nurse
person doctor physician by username user_id agent_id employee_id resource_id
created created_at created created_time opened_at opened open_time creation_date created_date
created created_on opening_date submitted submit_date reported_at reported_date date_created
created create_time registered_at reg_date registration_date
responded responded_at responded first_response_time first_response_at first_responded_at
responded response_time initial_response_time
resolved resolved_at resolved resolved_time solved_at solved resolution_date resolve_date
resolved resolved_date resolved_on resolution_time date_resolved completed
closed closed_at closed closed_time close_time closing_date closed_date close_date closed_on
closed date_closed
responded_after first_reply_time_in_minutes first_response_time_in_minutes first_response_time_minutes
responded_after first_response_minutes first_response_time_hours first_response_hours
resolved_after full_resolution_time_in_minutes resolution_time_in_minutes resolution_time_minutes
resolved_after resolution_minutes time_to_resolve_minutes resolution_time_in_hours resolution_time_hours
resolved_after resolution_hours time_to_resolve_hours time_to_resolution_hours resolution_time_days
class class category ticket_class service request_type type ticket_type issue_type product topic
class service_component case_type
priority priority ticket_priority prio severity impact urgency
channel channel contact_type source via request_source contact_channel
reassignments reassignments reassignment_count no_of_reassignments reassignment hops
stations stations group_stations
reopens reopens reopen_count reopened no_of_reopens reopen
"""


_PARTS: Final = """
case case ticket incident claim request complaint application conversation enquiry inquiry call session visit
case encounter admission loan order po purchase shipment job policy matter trace contract invoice
case vorgang auftrag fall antrag dossier demande caso expediente pedido pratica 案件 工单 订单 编号
case patient student
activity activity aktivität aktivitaet tätigkeit taetigkeit arbeitsschritt schritt task event action step
activity activité actividad tarea etapa étape atividade attività operation milestone 活动 步骤 任务
start start begin started beginn début inicio
start início inizio 开始
end complete completed end finish finished ended ende fin eventtime timestamp datestamp changed time
end fim fine zeitpunkt zeitstempel fecha hora datum date 结束 完成
status new to status state statut estado zustand
status 状态
team team group gruppe groupe queue department abteilung grupo equipo unit ward 小组 部门
person resource agent user assignee employee bearbeiter mitarbeiter handler owner username responsable by
person staff operator clerk worker machine nurse doctor physician recurso 人员 处理人
created created opened opening registered submitted creation erstellt eröffnet ouverture apertura
created creado reported
created 创建 提交
resolved resolved solved resolution résolution gelöst behoben erledigt resuelto
resolved 解决
closed closed closing geschlossen fermeture clôture cerrado
closed 关闭
class category kategorie catégorie service type typ product
class 类别 类型 分类
priority priority priorität priorité prioridad severity
priority 优先级
channel channel kanal canal source
channel 渠道 来源
"""

_NOT_THIS: Final = """
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


_SURE_CASES: Final = """
case:concept:name zendesk_id case_id caseid case case_number case_no ticket_id ticketid ticket_number ticket
incident_id incident_number request_id issue_key trace_id sr_number claim_id claim_number complaint_id
enquiry_id inquiry_id
"""

SURE_CASES: Final = tuple(_SURE_CASES.split())
"""Names of columns, in small letters with _ for spaces, that are cases for sure; the likelier ones first."""

GENERIC_CASES: Final = ("number", "alert_id", "alarm_id", "task_id", "id", "key")
"""Names that are cases where no other column is."""

_NO_CASES: Final = """
type status state class priority date time channel category name by group reason code amount value quantity
qty desc description
"""

NOT_A_CASE: Final = frozenset(_NO_CASES.split())
"""Words in a name that tell that it says something about the case."""


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
