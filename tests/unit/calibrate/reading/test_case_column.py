"""Which column is the case, by its name and by what its values are like."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from simlab.calibrate.reading.case_column import described, is_like, named_case
from simlab.calibrate.reading.csv_file import csv_table
from simlab.calibrate.reading.detect import Draft, drafted
from simlab.calibrate.reading.raw_table import RawTable

STEPS = ("Register", "Check", "Decide", "Inform")
N_CASES = 60


def table(header: str, row: str) -> RawTable:
    """Return a log of four steps a case, in order of time.

    In the template of a row stand {case}, {order} (of three cases each), {customer} (who come again and
    again), {kind} (one of five, of a case), {step} and {code} of it, {who}, {line}, {start} and {end}.
    """
    events = []
    for case in range(N_CASES):
        for place, step in enumerate(STEPS):
            start = datetime(2024, 1, 15, 8) + timedelta(hours=5 * case + 7 * place)
            events.append((start, case, place, step))
    lines = [header]
    for line, (start, case, place, step) in enumerate(sorted(events)):
        lines.append(
            row.format(
                case=1000 + case, order=f"A{case // 3}", customer=f"K{case * 7 % 20}", line=line,
                kind=("fall", "fever", "cough", "pain", "rash")[case % 5], step=step, code=place + 1,
                who=("Ann", "Bob", "Cleo")[line % 3], start=f"{start:%Y-%m-%d %H:%M}",
                end=f"{start + timedelta(minutes=9):%Y-%m-%d %H:%M}",
            )
        )  # fmt: skip
    return csv_table("\n".join(lines).encode(), Path("log.csv"))


def draft(header: str, row: str) -> Draft:
    return drafted(table(header, row))


KNOWN = [
    ("complaint,patient_id,activity,time", "{kind},{case},{step},{end}", "patient_id"),
    ("patient_id,complaint,activity,time", "{customer},{case},{step},{end}", "complaint"),
    ("staff,unit,patient,activity,start,end", "{who},{kind},{case},{step},{start},{end}", "patient"),
    ("po,activity,timestamp,user", "{case},{step},{end},{who}", "po"),
    ("po_item,activity,timestamp,user", "PO_{case}_10,{step},{end},{who}", "po_item"),
    ("application,event,when", "{case},{step},{end}", "application"),
    ("application,ref,event,when", "{kind},{case},{step},{end}", "ref"),
    ("call_id,customer_id,event,ts", "{case},{customer},{step},{end}", "call_id"),
    ("conversation,agent,event,ts", "{case},{who},{step},{end}", "conversation"),
    ("visit_id,patient_id,activity,time", "{case},{customer},{step},{end}", "visit_id"),
    ("request,request_no,action,at", "{kind},{case},{step},{end}", "request_no"),
    ("order_id,ticket no,action,at", "{order},{case},{step},{end}", "ticket no"),
    ("order_id,customer_id,event,time", "{case},{customer},{step},{end}", "order_id"),
    ("id,ticket,action,at", "{line},{case},{step},{end}", "ticket"),
    ("Service ID,Operation,Start Date,End Date,Agent", "S{case},{step},{start},{end},{who}", "Service ID"),
    ("Auftrag,Arbeitsschritt,Beginn,Ende,Mitarbeiter", "{case},{step},{start},{end},{who}", "Auftrag"),
    ("案件编号,活动,开始时间,结束时间,人员", "{case},{step},{start},{end},{who}", "案件编号"),
]


@pytest.mark.parametrize(("header", "row", "case"), KNOWN, ids=[known[0] for known in KNOWN])
def test_case_is_the_column_with_its_name_and_values_of_cases(header: str, row: str, case: str) -> None:
    found = draft(header, row)
    assert not found.questions
    assert found.mapping.log == "events"
    columns = found.mapping.columns.named()
    assert columns["case"] == case
    assert columns["activity"]
    assert "end" in columns


def test_case_between_two_of_one_word_is_asked_with_their_values() -> None:
    found = draft("po,po_line,activity,time", "{order},{case},{step},{end}")
    (question,) = found.questions
    assert question.key == "columns.case"
    assert question.choices == (
        "case: po  # 20 values such as A0, 12.0 rows each",
        "case: po_line  # 60 values such as 1000, 4.0 rows each",
    )


def test_two_columns_that_part_the_rows_alike_are_one() -> None:
    found = draft("po,po_no,activity,time", "{case},X{case},{step},{end}")
    assert not found.questions
    assert found.mapping.columns.case == "po"


def test_log_of_people_and_steps_alone_asks_for_its_case() -> None:
    found = draft("who did it,what,time", "{who},{step},{end}")
    assert [question.key for question in found.questions] == ["columns.created"]
    found = draft("user,activity,time", "{who},{step},{end}")
    assert "columns.case" in [question.key for question in found.questions]


def test_customer_who_comes_again_and_again_is_no_case() -> None:
    log = table("customer,activity,time", "{customer},{step},{end}")
    assert not is_like(log, "customer", 0.4)
    assert described(log, "customer") == "20 values such as K0, 12.0 rows each"


def test_cases_that_take_longer_than_the_log_are_cases_and_codes_of_kinds_are_not() -> None:
    # Cases begin every hour for 300 hours and have an event every 25 hours, far beyond the end of the log.
    events = sorted((hour, case) for case in range(300) for hour in range(case, 300, 25))
    lines = ["po,complaint,activity,time"]
    for line, (hour, case) in enumerate(events):
        at = datetime(2024, 1, 15) + timedelta(hours=hour)
        lines.append(f"45{case:03},C{line * 7 % 31},{STEPS[line % 4]},{at:%Y-%m-%d %H:%M}")
    log = csv_table("\n".join(lines).encode(), Path("log.csv"))
    assert not is_like(log, "po")
    assert named_case(log, {}, ["complaint"]) == []
    assert named_case(log, {}, ["complaint", "po"]) == "po"


def test_numbers_of_activities_are_activities_where_there_are_no_names() -> None:
    alone = draft("CaseID,ActivityID,CompleteTimestamp", "{case},{code},{end}")
    assert not alone.questions
    assert alone.mapping.columns.activity == "ActivityID"
    both = draft("CaseID,ActivityID,ActivityName,CompleteTimestamp", "{case},{code},{step},{end}")
    assert both.mapping.columns.activity == "ActivityName"


def test_types_of_events_that_are_no_lifecycle_are_activities() -> None:
    found = draft("Case Reference,Event Type,Event Date", "{case},{step},{end}")
    assert not found.questions
    assert found.mapping.columns.activity == "Event Type"


def test_lifecycle_is_known_by_its_words_and_a_number_of_rows_is_no_case() -> None:
    lines = ["handling,patient,registration_type,time,.order"]
    for line in range(120):
        case, place = divmod(line, 6)
        word = ("start", "complete")[place % 2]
        at = datetime(2024, 1, 1) + timedelta(minutes=100 * case + 7 * place)
        lines.append(f"{STEPS[place // 2]},{case + 1},{word},{at:%Y-%m-%d %H:%M},{line + 1}")
    found = drafted(csv_table("\n".join(lines).encode(), Path("log.csv")))
    assert not found.questions
    columns = found.mapping.columns
    named = (columns.case, columns.activity, columns.lifecycle, columns.end)
    assert named == ("patient", "handling", "registration_type", "time")


def test_names_of_the_standard_may_say_whose_they_are() -> None:
    found = draft(
        "eventID ,case Document,case concept:name,event User,event concept:name,event time:timestamp",
        "{line},{order},PO_{case}_1,{who},{step},{end}",
    )
    assert not found.questions
    columns = found.mapping.columns
    assert (columns.case, columns.activity) == ("case concept:name", "event concept:name")
    assert columns.end == "event time:timestamp"


def test_step_without_a_usual_name_is_the_column_that_changes_within_cases() -> None:
    found = draft("ref,what,kind,when", "{case},{step},{kind},{end}")
    assert not found.questions
    assert found.mapping.columns.activity == "what"
