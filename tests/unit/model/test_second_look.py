"""Names that nobody has are told beside what the schema refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from simlab.errors import InvalidInput
from simlab.model.load import load

TEXT = """\
name: two rounds at once
time: {length: 10 days}
demand:
  calls: {arrivals: {rate: %s}}
staffing:
  desk: {people: 3}
routing:
  start: serve
  steps:
    serve: {team: dsk, work: {exponential: 12 min}, next: %s}
    other: {team: desk, work: 3 min, next: rsolved}
"""


def mistakes(tmp_path: Path, rate: str, following: str) -> list[tuple[str, str | None]]:
    scenario = tmp_path / "scenario.yaml"
    scenario.write_text(TEXT % (rate, following))
    with pytest.raises(InvalidInput, match="there is no team of this name") as refused:
        load(scenario)
    return [(problem.path, problem.found) for problem in refused.value.problems]


@pytest.mark.parametrize(
    ("rate", "following", "refused"),
    [
        ("12", "resolved", ("demand.calls.arrivals.rate", "12")),
        ("12/hour", "{resolved: 0.5, other: 50 %}", ("routing.steps.serve.next.resolved", "0.5")),
    ],
)
def test_unknown_names_are_told_beside_a_value_that_the_schema_refuses(
    tmp_path: Path, rate: str, following: str, refused: tuple[str, str]
) -> None:
    told = mistakes(tmp_path, rate, following)
    assert sorted(told) == sorted(
        [refused, ("routing.steps.serve.team", "'dsk'"), ("routing.steps.other.next", "'rsolved'")]
    )


def test_what_was_left_out_for_the_look_is_not_called_unknown(tmp_path: Path) -> None:
    told = mistakes(tmp_path, "12/hour", "{other: 1}")
    assert ("routing.steps.serve.next.other", "1") not in told
    assert "'other'" not in [found for _, found in told]


@pytest.mark.parametrize(
    ("extra", "refused"),
    [
        ("time: {length: 10 days, zone: Europe/Berln}", {"time.zone"}),
        (
            "time: {length: 10, zone: Europe/Berln}\ncalendars: {office: {hours: {mon-fry: 8-17}}}",
            {"time.length", "time.zone", "calendars.office.hours.mon-fry"},
        ),
        ("levers: {books: {level: 1, effects: {routing.steps.serve.tem: -1 %}}}", {"levers.books.effects"}),
    ],
)
def test_unknown_names_are_told_beside_what_stops_compiling_at_once(
    tmp_path: Path, extra: str, refused: set[str]
) -> None:
    scenario = tmp_path / "scenario.yaml"
    text = TEXT % ("12/hour", "resolved")
    written = text.replace("time: {length: 10 days}", extra) if "time:" in extra else f"{text}{extra}\n"
    scenario.write_text(written)
    with pytest.raises(InvalidInput, match="there is no team of this name") as told:
        load(scenario)
    names = {"routing.steps.serve.team", "routing.steps.other.next"}
    assert {problem.path for problem in told.value.problems} == refused | names
