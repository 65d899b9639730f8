"""A first mapping of a log that nobody has described yet: known exports, usual names, looks of values.

What cannot be known is not guessed: it becomes a :class:`Question`, which the mapping file asks.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np

from simlab.calibrate.event_log import Floats, Labels
from simlab.calibrate.reading.case_column import described
from simlab.calibrate.reading.durations import unit_of
from simlab.calibrate.reading.field_history import statuses
from simlab.calibrate.reading.guessed_columns import (
    TIMES,
    Guess,
    folded,
    guessed_columns,
    is_amount,
    is_steady,
)
from simlab.calibrate.reading.instants import DateOrder, OrderEvidence, order_evidence, read_instants
from simlab.calibrate.reading.mapping import DURATIONS, LogMapping
from simlab.calibrate.reading.presets import ALL_OF_CASE, PRESETS, Preset
from simlab.calibrate.reading.raw_table import RawColumn, RawTable
from simlab.calibrate.reading.words import (
    FINISHED_WORDS,
    MISSING_WORDS,
    WAITING_WORDS,
)
from simlab.model.wall_clock import zone_info

_MOST_VALUES: Final = 200
_MOST_ATTRIBUTES: Final = 20
_MOST_CHOICES: Final = 12
_SAMPLE: Final = 400
_READABLE: Final = 0.8
"""Share of rows that must have a readable time in a column of times."""
_RARE: Final = 0.01
"""Share of dates up to which the contrary evidence is taken for damage."""

_ZONES: Final = (
    "Europe/Berlin", "Europe/London", "Europe/Athens", "Europe/Moscow", "America/New_York", "America/Chicago",
    "America/Denver", "America/Los_Angeles", "America/Sao_Paulo", "America/Bogota", "Asia/Kolkata",
    "Asia/Shanghai", "Asia/Tokyo", "Asia/Dubai", "Asia/Jakarta", "Australia/Sydney", "Australia/Brisbane",
    "Africa/Johannesburg", "Pacific/Auckland",
)  # fmt: skip
"""Zones among which those of offsets are looked for; others with the same clock exist."""


@dataclass(frozen=True, slots=True)
class Question:
    """What only the planner can say."""

    key: str
    """Key of the mapping file."""
    message: str
    choices: tuple[str, ...]
    """Lines to choose from, as they are to stand in the mapping file, each with what it would mean."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A mapping that was found out, with what is left to decide."""

    mapping: LogMapping
    preset: str = ""
    """Known export that it was taken for."""
    questions: tuple[Question, ...] = ()
    unused: tuple[str, ...] = ()
    """Columns that are not read."""
    notes: Mapping[str, str] = field(default_factory=dict)
    """Why a key was chosen, for the comment beside it."""


def drafted(table: RawTable) -> Draft:
    """Return a mapping for a table."""
    missing = _missing(table)
    time_like = frozenset(name for name, column in table.columns.items() if _is_time(column, missing))
    preset = next((known for known in PRESETS if _is_of(table, known)), None)
    guess = _of_preset(preset, table) if preset else guessed_columns(table, time_like)
    log, columns = guess.log, guess.columns
    questions = _column_questions(guess, table, time_like)
    dates, date_question = _dates(table, columns, time_like, missing)
    zone, zone_note = _zone(table, columns, dates, missing)
    finished, waiting = _states(table, log, columns, preset)
    taken = {*columns.values(), *(name for names in guess.doubtful.values() for name in names)}
    attributes = _attributes(table, columns.get("case", ""), taken, time_like, preset)
    mapping = LogMapping.model_validate(
        {
            "log": log,
            "zone": zone,
            "dates": dates.value,
            "columns": columns,
            "fields": dict(preset.fields) if preset else {},
            "durations": next((unit_of(columns[role]) for role in DURATIONS if role in columns), "minutes"),
            "attributes": attributes,
            "missing": missing,
            "finished": finished,
            "waiting": waiting,
            "file": dict(table.found) if "delimiter" in table.found else {},
        }
    )
    used = {*columns.values(), *attributes}
    return Draft(
        mapping,
        preset.name if preset else "",
        (*questions, *([date_question] if date_question else [])),
        tuple(name for name in table.columns if name not in used),
        {"zone": zone_note},
    )


def _is_of(table: RawTable, preset: Preset) -> bool:
    known = {folded(name) for name in table.columns}
    return all(any(folded(name) in known for name in mark.split("|")) for mark in preset.marks)


def _of_preset(preset: Preset, table: RawTable) -> Guess:
    by_folded: dict[str, str] = {}
    for name in table.columns:
        by_folded.setdefault(folded(name), name)
    columns = {}
    for role, names in preset.columns.items():
        there = [by_folded[folded(name)] for name in names if folded(name) in by_folded]
        if there:
            columns[role] = there[0]
    return Guess(preset.log, columns)


def _missing(table: RawTable) -> list[str]:
    texts = {name for column in table.columns.values() if isinstance(column, Labels) for name in column.names}
    return [word for word in MISSING_WORDS if word in texts]


def _sample(column: Labels, missing: Iterable[str]) -> list[str]:
    names = [name for name in column.names if name not in missing]
    return names[:: max(len(names) // _SAMPLE, 1)]


def _is_time(column: RawColumn, missing: Sequence[str]) -> bool:
    if not isinstance(column, Labels):
        return True
    texts = _sample(column, missing)
    n_rows = dict(zip(column.names, column.counts().tolist(), strict=True))
    weights = np.array([n_rows[text] for text in texts], np.float64)
    if not texts or sum(weights[[len(text) >= 6 for text in texts]]) < _READABLE * weights.sum():
        return False
    is_readable = np.zeros(len(texts), bool)
    for order in DateOrder:
        is_readable |= read_instants(texts, order).is_readable
    return bool(weights[is_readable].sum() >= _READABLE * weights.sum())


_ABOUT: Final = {
    "case": "the number of the ticket",
    "activity": "what was done",
    "status": "the status",
    "created": "the creation of the ticket",
    "end": "the time",
}


def _column_questions(guess: Guess, table: RawTable, time_like: frozenset[str]) -> list[Question]:
    """Ask for the columns without which there is no log."""
    columns = guess.columns
    needed = {
        "events": ("case", "activity", "end"),
        "changes": ("case", "end") if "field" in columns else ("case", "status", "end"),
        "tickets": ("created",),
    }[guess.log]
    return [
        Question(
            f"columns.{role}",
            f"which column is {_ABOUT[role]}?",
            tuple(_choice(table, role, name) for name in _choices(guess, table, time_like, role)),
        )
        for role in needed
        if not columns.get(role) and not (role == "end" and columns.get("start"))
    ]


def _choices(guess: Guess, table: RawTable, time_like: frozenset[str], role: str) -> list[str]:
    """Return the columns that may say it, those first that say nothing else."""
    if role in guess.doubtful:
        return guess.doubtful[role][:_MOST_CHOICES]
    names = [name for name in table.columns if (name in time_like) == (role in TIMES)]
    taken = set(guess.columns.values())
    return sorted(names, key=lambda name: name in taken)[:_MOST_CHOICES]


def _choice(table: RawTable, role: str, name: str) -> str:
    about = "" if role in TIMES else f"  # {described(table, name)}"
    return f"{role}: {quoted(name)}{about}"


def _time_texts(table: RawTable, names: Iterable[str], missing: Sequence[str]) -> list[str]:
    texts: list[str] = []
    for name in names:
        column = table.columns[name]
        if isinstance(column, Labels):
            texts += [text for text in column.names if text not in missing]
    return texts


def _dates(
    table: RawTable, columns: Mapping[str, str], time_like: frozenset[str], missing: Sequence[str]
) -> tuple[DateOrder, Question | None]:
    """Return the order of day and month, or ask for it where the dates can be read either way."""
    named = [columns[role] for role in TIMES if columns.get(role) in time_like]
    texts = _time_texts(table, named or time_like, missing)
    evidence = order_evidence(texts)
    n_numbers = evidence.day_first + evidence.month_first + evidence.either
    if evidence.year_first >= n_numbers:
        return DateOrder.YEAR_FIRST, None
    if evidence.day_first and evidence.month_first <= _RARE * n_numbers:
        return DateOrder.DAY_FIRST, None
    if evidence.month_first and evidence.day_first <= _RARE * n_numbers:
        return DateOrder.MONTH_FIRST, None
    if not evidence.either and not evidence.month_first:
        return DateOrder.DAY_FIRST, None
    return DateOrder.DAY_FIRST, _date_question(texts, evidence)


def _date_question(texts: Sequence[str], evidence: OrderEvidence) -> Question:
    choices = []
    for order in (DateOrder.DAY_FIRST, DateOrder.MONTH_FIRST):
        read = read_instants(texts, order).minutes
        example = read_instants([evidence.example or texts[0]], order).minutes[0]
        meaning = f"{evidence.example} is {_day(example)}; the log goes from {_day(np.nanmin(read))}"
        choices.append(f"dates: {order.value}  # {meaning} to {_day(np.nanmax(read))}")
    if evidence.day_first or evidence.month_first:
        found = f"{evidence.day_first:,} dates have the day first, {evidence.month_first:,} the month"
        return Question("dates", f"do dates begin with the day or the month? {found}", tuple(choices))
    return Question(
        "dates", f"do dates such as {evidence.example} begin with the day or the month?", tuple(choices)
    )


def _day(minutes: float) -> str:
    if np.isnan(minutes):
        return "no date"
    return f"{datetime(1970, 1, 1) + timedelta(minutes=float(minutes)):%d %B %Y}".lstrip("0")


def _zone(
    table: RawTable, columns: Mapping[str, str], order: DateOrder, missing: Sequence[str]
) -> tuple[str, str]:
    """Return a zone whose clock shows the offsets of the texts, and why it was taken."""
    named = [columns[role] for role in TIMES if columns.get(role)]
    texts = _time_texts(table, named, missing)
    texts = texts[:: max(len(texts) // _SAMPLE, 1)]
    read = read_instants(texts, order)
    is_told = ~np.isnan(read.offset)
    if "zone" in table.found:
        return table.found["zone"], "the zone of the times in the file"
    if not texts:
        return "UTC", "the file has instants, and no word on the clock of the desk"
    if not is_told.any():
        return "UTC", "times have no offset: they are kept as written; name the zone of the desk"
    instants, offsets = read.minutes[is_told], read.offset[is_told]
    if not offsets.any():
        return "UTC", "all times are in UTC; name the zone of the desk, whose office hours follow its clock"
    for zone in _ZONES:
        if _has_offsets(zone, instants, offsets):
            return zone, "its clock has the offsets that the times have; others may have them too"
    hours = offsets[0] / 60.0
    if (offsets == offsets[0]).all() and hours.is_integer():
        return f"Etc/GMT{-int(hours):+d}", "all times have this one offset; name the zone of the desk"
    return "UTC", "no single zone has the offsets of the times; name the zone of the desk"


def _has_offsets(zone: str, instants: Floats, offsets: Floats) -> bool:
    clock = zone_info(zone)
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return all(
        (epoch + timedelta(minutes=instant)).astimezone(clock).utcoffset() == timedelta(minutes=offset)
        for instant, offset in zip(instants.tolist(), offsets.tolist(), strict=True)
    )


def _states(
    table: RawTable, log: str, columns: Mapping[str, str], preset: Preset | None
) -> tuple[list[str], dict[str, str]]:
    """Return the statuses in which tickets are resolved, and those in which they wait."""
    if log == "events":
        return [], {}
    names = statuses(table, columns, preset.fields) if preset and preset.fields else []
    for role in ("status", "detail"):
        column = table.columns.get(columns.get(role, ""))
        if isinstance(column, Labels) and len(column.names) <= _MOST_VALUES:
            names += column.names
    ends = {name.casefold() for name in preset.finished} if preset else set()
    finished = [name for name in names if name.casefold() in ends]
    finished = finished or [name for name in names if name.lower().startswith(FINISHED_WORDS)]
    known = {name.casefold(): who for name, who in preset.waiting.items()} if preset else {}
    waits = {name: known.get(name.casefold(), _waits_for(name)) for name in names if name not in finished}
    return list(dict.fromkeys(finished)), {name: who for name, who in waits.items() if who}


def _waits_for(state: str) -> str:
    small = state.lower()
    if not any(word in small for word in WAITING_WORDS["other"]) or "assign" in small:
        return ""
    return next((who for who in ("vendor", "user") if any(w in small for w in WAITING_WORDS[who])), "other")


def _attributes(
    table: RawTable, case: str, taken: Collection[str], time_like: frozenset[str], preset: Preset | None
) -> list[str]:
    """Return further columns worth keeping: text with few values, amounts, or what the known export has."""
    there = {folded(name): name for name in table.columns if name not in taken}
    if preset and ALL_OF_CASE in preset.attributes:
        return [name for name in there.values() if name.startswith("case:") and name != "case:team"]
    if preset:
        return [there[folded(name)] for name in preset.attributes if folded(name) in there]
    kept: list[str] = []
    for name, column in table.columns.items():
        if not isinstance(column, Labels) or name in time_like or name in taken:
            continue
        is_of_few = 2 <= len(column.names) <= min(_MOST_VALUES, max(len(table) // 2, 2))
        if (is_of_few and is_steady(table, case, name)) or (
            case in table.columns and is_amount(table, case, name)
        ):
            kept.append(name)
    return kept[:_MOST_ATTRIBUTES]


def quoted(text: str) -> str:
    """Return a text as it stands in a YAML file."""
    if (
        re.fullmatch(r"[A-Za-z_][\w .+/()-]*", text)
        and text.strip() == text
        and text.lower() not in _RESERVED
    ):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t").replace("\n", "\\n")
    return f'"{escaped}"'


_RESERVED: Final = frozenset(
    ("true", "false", "null", "yes", "no", "on", "off", "y", "n", "none", "nan", "inf")
)
