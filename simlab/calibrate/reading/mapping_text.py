"""A mapping as a file that a planner reads and corrects."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from simlab.calibrate.reading.detect import Draft, Question, quoted
from simlab.calibrate.reading.mapping import ASK, DURATIONS, ColumnNames, LogMapping
from simlab.scenario.docstrings import meanings

_ABOUT_LOG = {
    "events": "a row is an activity: its start and end, or one of them",
    "changes": "a row is a change of the ticket: from then on it has the status and team of the row",
    "tickets": "a row is a whole ticket",
}


def mapping_text(draft: Draft, file_name: str) -> str:
    """Return the mapping file of a draft; what is to be decided has a question mark, its choices above."""
    mapping = draft.mapping
    asked = {question.key: question for question in draft.questions}
    taken_for = f" (taken for an export of {draft.preset})" if draft.preset else ""
    lines = [
        f"# How the columns of {file_name} are read{taken_for}.",
        "# Check it, correct what is wrong, and run the command again: this file is kept.",
        f"log: {mapping.log}  # {_ABOUT_LOG[mapping.log]}",
        f"zone: {mapping.zone}  # {draft.notes.get('zone', '')}",
        *_decided(
            "dates", mapping.dates, asked.get("dates"), "which comes first in dates written in numbers"
        ),
        "columns:",
        *_columns(mapping, asked),
    ]
    if set(DURATIONS) & set(mapping.columns.named()):
        lines.append(f"durations: {mapping.durations}  # unit of the times that have passed; elapsed ones")
    if mapping.fields:
        about = "a row is a change of one field; those that tell status, team and person"
        lines.append(f"fields:  # {about}")
        lines += [f"  {role}: [{', '.join(map(_exact, names))}]" for role, names in mapping.fields.items()]
    lines += _list("attributes", mapping.attributes, "further columns that are kept")
    lines += _list("missing", mapping.missing, "texts that stand for nothing")
    if mapping.log == "events":
        lines += _list("finished", mapping.finished, "activities with which a case counts as resolved")
    else:
        lines += _list("finished", mapping.finished, "statuses in which a ticket counts as resolved")
        lines += _map("waiting", mapping.waiting, "statuses in which nobody works: user, vendor or other")
    if mapping.cases is not None or "cases" in asked:
        lines += _decided("cases", mapping.cases or ASK, asked.get("cases"), "object type that is the ticket")
    form = mapping.file.model_dump(exclude_none=True)
    if form:
        lines += [f"file: {{{', '.join(f'{key}: {_exact(value)}' for key, value in form.items())}}}"]
    if draft.unused:
        lines += ["# not read: " + ", ".join(" ".join(name.split()) for name in draft.unused)]
    return "\n".join(lines) + "\n"


def _decided(key: str, value: str, question: Question | None, about: str) -> list[str]:
    if question is None:
        return [f"{key}: {quoted(value)}  # {about}"]
    return [f"# {question.message}", *(f"#   {choice}" for choice in question.choices), f'{key}: "{ASK}"']


def _columns(mapping: LogMapping, asked: Mapping[str, Question]) -> list[str]:
    lines = []
    named = mapping.columns.named()
    for role, meaning in meanings(ColumnNames).items():
        about = meaning.split("\n")[0].rstrip(".")
        if role in named:
            lines.append(f"  {role}: {quoted(named[role])}  # {about[:1].lower()}{about[1:]}")
        elif (question := asked.get(f"columns.{role}")) is not None:
            lines += [f"  # {question.message}", *(f"  #   {choice}" for choice in question.choices)]
            lines.append(f'  {role}: "{ASK}"')
    return lines


def _list(key: str, values: Iterable[str], about: str) -> list[str]:
    return [f"{key}: [{', '.join(map(_exact, values))}]  # {about}"]


def _map(key: str, values: Mapping[str, str], about: str) -> list[str]:
    if not values:
        return [f"{key}: {{}}  # {about}"]
    return [f"{key}:  # {about}", *(f"  {_exact(name)}: {quoted(who)}" for name, who in values.items())]


def _exact(text: str) -> str:
    """Return a text that is to be compared as it stands, in quotes unless it is a plain word."""
    plain = quoted(text)
    return plain if plain.startswith('"') or plain.isidentifier() else f'"{plain}"'
