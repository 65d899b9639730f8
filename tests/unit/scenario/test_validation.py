"""Mistakes of meaning: each at its place, with what was written, the rule and the remedy."""

import re
from typing import Annotated, Any, Literal, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, model_validator

from simlab.errors import InvalidInput, Problem
from simlab.scenario.document import parse_document
from simlab.scenario.nodes import MapNode, from_plain, get_path, key_place_of, set_path
from simlab.scenario.overrides import apply_patch
from simlab.scenario.quantities import Duration, HourlyCost, Name, PositiveInt, PositiveNumber, Share
from simlab.scenario.suggestions import nearest, remedy_for_unknown
from simlab.scenario.validation import validate


class Block(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class LogNormal(Block):
    mean: Duration
    """Mean."""
    cv: PositiveNumber


class Exponential(Block):
    mean: Duration


class Work(Block):
    lognormal: LogNormal | None = None
    exponential: Exponential | None = None


class Rule(Block):
    to: Name
    share: Share | None = None


def _shape(value: object) -> str:
    return "as list" if isinstance(value, list) else "as text"


class Step(Block):
    team: Name | None = None
    work: Work | None = None
    wait: Work | tuple[Rule, ...] | None = None
    next: Annotated[
        Annotated[Name, Tag("as text")] | Annotated[tuple[Rule, ...], Tag("as list")], Discriminator(_shape)
    ]
    class_: Name | None = Field(default=None, alias="class")

    @model_validator(mode="after")
    def _one_of(self) -> "Step":
        if self.work and self.wait:
            raise ValueError("a step works or waits, not both -> remove one of them")
        return self


class Team(Block):
    people: PositiveInt
    """Number of people."""
    cost: HourlyCost | None = None
    absence: Share = 0.0
    queue: Literal["priority", "fifo", "lifo"] = "priority"
    skills: tuple[Name, ...] = ()


class Levels(Block):
    least: int
    label: str = Field(default="any", min_length=1)


class Desk(Block):
    name: str = Field(min_length=2)
    staffing: dict[Name, Team]
    steps: dict[Name, Step]
    levels: Levels | tuple[Name, ...] | None = None


GOOD = """\
name: Desk
staffing:
  desk: {people: 8, cost: 42 EUR/hour, absence: 8 %, queue: fifo, skills: [a]}
steps:
  triage:
    team: desk
    work: {lognormal: {mean: 8 min, cv: 0.9}}
    next: [{to: fix, share: 20 %}]
  fix: {wait: {exponential: {mean: 1 h}}, next: triage, class: x}
"""


def _problems(text: str) -> tuple[Problem, ...]:
    with pytest.raises(InvalidInput, match=r"f\.yaml") as refusal:
        validate(Desk, parse_document(text, "f.yaml"))
    return refusal.value.problems


def _told(old: str, new: str) -> str:
    assert GOOD.count(old) == 1
    (problem,) = _problems(GOOD.replace(old, new))
    return str(problem)


def test_good_document_becomes_the_model() -> None:
    desk = validate(Desk, parse_document(GOOD, "f.yaml"))
    assert desk.staffing["desk"].absence == 0.08
    assert desk.steps["fix"].class_ == "x"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "people: 8",
            "people: 0",
            "f.yaml:3:18: staffing.desk.people: this number must be at least 1; found 0\n"
            "    -> write 1 or more",
        ),
        (
            "people: 8",
            "peple: 8",
            "f.yaml:3:10: staffing.desk.peple: there is no key 'peple' here\n"
            "    -> did you mean 'people'? (known: people, cost, absence, queue, skills)",
        ),
        (
            "people: 8, ",
            "",
            "f.yaml:3:9: staffing.desk.people: the key 'people' is missing\n    -> add it: Number of people.",
        ),
        (
            "mean: 8 min",
            "mean: 8",
            "f.yaml:7:30: steps.triage.work.lognormal.mean: a duration needs a unit; found 8\n"
            "    -> write '8 min' or '8 h'",
        ),
        (
            "{lognormal: {mean: 8 min, cv: 0.9}}",
            "{lognormale: {mean: 8 min, cv: 0.9}}",
            "f.yaml:7:12: steps.triage.work.lognormale: there is no key 'lognormale' here\n"
            "    -> did you mean 'lognormal'? (known: lognormal, exponential)",
        ),
        (
            "{exponential: {mean: 1 h}}",
            "{exponental: {mean: 1 h}}",
            "f.yaml:9:16: steps.fix.wait.exponental: there is no key 'exponental' here\n"
            "    -> did you mean 'exponential'? (known: lognormal, exponential)",
        ),
        (
            "{exponential: {mean: 1 h}}",
            "[{too: fix}]",
            "f.yaml:9:17: steps.fix.wait.0.too: there is no key 'too' here\n"
            "    -> did you mean 'to'? (known: to, share)",
        ),
        (
            "share: 20 %",
            "share: 0.2",
            "f.yaml:8:29: steps.triage.next.0.share: a share needs a percent sign; found 0.2\n"
            "    -> write '20 %'",
        ),
        (
            "queue: fifo",
            "queue: ffio",
            "f.yaml:3:61: staffing.desk.queue: this is not one of the known words; found ffio\n"
            "    -> did you mean 'fifo'? (known: priority, fifo, lifo)",
        ),
        (
            "next: triage",
            "next: {to: triage}",
            "f.yaml:9:49: steps.fix.next: a name is text\n    -> put it in quotes",
        ),
        (
            "skills: [a]",
            "skills: a",
            "f.yaml:3:75: staffing.desk.skills: a list is expected here; found a\n"
            "    -> put it in brackets: [...]",
        ),
        (
            "class: x",
            "class: [x]",
            "f.yaml:9:64: steps.fix.class: a name is text\n    -> put it in quotes",
        ),
        (
            "name: Desk",
            "name: 7",
            "f.yaml:1:7: name: text is expected here; found 7\n    -> put it in quotes",
        ),
        (
            "name: Desk",
            "name: D",
            "f.yaml:1:7: name: this needs at least 2 characters; found D",
        ),
        (
            "name: Desk",
            "name: Desk\nlevels: {least: 1, label: ''}",
            "f.yaml:2:27: levels.label: this is empty; found ''\n    -> fill it in, or leave the key out",
        ),
        (
            "team: desk",
            "team: desk\n    wait: {exponential: {mean: 1 h}}",
            "f.yaml:6:5: steps.triage: a step works or waits, not both\n    -> remove one of them",
        ),
        (
            "  fix: {",
            "  fi.x: {",
            "f.yaml:9:3: steps.fi.x: a name is made of letters, digits, '_', '-' and spaces, but has '.'\n"
            "    -> replace it by '_'",
        ),
        (
            "name: Desk",
            "name: Desk\nlevels: {least: x}",
            "f.yaml:2:17: levels.least: a whole number is expected here; found x\n"
            "    -> write it without quotes and units",
        ),
        (
            "name: Desk",
            "name: Desk\nlevels: 3",
            "f.yaml:2:9: levels: a map or a list is expected here; found 3\n"
            "    -> write {key: value} or put it in brackets: [...]",
        ),
        (
            "cv: 0.9",
            "cv: .nan",
            "f.yaml:7:41: steps.triage.work.lognormal.cv: a number must be finite; found .nan\n"
            "    -> write one such as 0.9",
        ),
    ],
)
def test_mistake_is_told_with_place_path_value_and_remedy(old: str, new: str, told: str) -> None:
    assert _told(old, new) == told


def test_all_mistakes_are_told_in_the_order_of_the_file() -> None:
    text = (
        GOOD.replace("people: 8", "people: -1").replace("8 min", "8").replace("1 h", "1").replace("Desk", "D")
    )
    assert [problem.path for problem in _problems(text)] == [
        "name",
        "staffing.desk.people",
        "steps.triage.work.lognormal.mean",
        "steps.fix.wait.exponential.mean",
    ]


def test_unknown_top_key_without_likeness_lists_the_known_ones() -> None:
    (problem,) = _problems(GOOD + "zzzzzz: 1")
    assert problem.remedy == "use one of name, staffing, steps, levels"


def test_mistake_in_a_patch_is_told_where_the_patch_stands() -> None:
    root, patch = parse_document(GOOD, "f.yaml"), parse_document("staffing.desk.people: none", "g.yaml")
    assert isinstance(root, MapNode)
    assert isinstance(patch, MapNode)
    with pytest.raises(InvalidInput, match=r"^g.yaml:1:23: staffing.desk.people: a number is expected"):
        validate(Desk, apply_patch(root, patch))


_NUMERIC = (
    "staffing.desk.people",
    "staffing.desk.cost",
    "staffing.desk.absence",
    "steps.triage.work.lognormal.mean",
    "steps.triage.work.lognormal.cv",
    "steps.triage.next.0.share",
)


@pytest.mark.parametrize("path", _NUMERIC)
@pytest.mark.parametrize("value", [-1, ".nan", "nan", ".inf", "-.inf", "1e999", "true"])
def test_negative_or_not_finite_number_is_refused_at_every_numeric_key(path: str, value: object) -> None:
    root = set_path(
        parse_document(GOOD, "f.yaml"), path, parse_document(str(value), "--set", has_lines=False)
    )
    with pytest.raises(InvalidInput, match=rf"^--set: {re.escape(path)}: "):
        validate(Desk, root)


_WORDS = """
    name staffing steps levels people cost absence queue skills team work wait next class share mean lognormal
    exponential extends time zone start warm_up length calendars hours holidays demand kind arrivals per_week
    by_hour day_cv growth classes priority routing automation levers targets respond resolve calendar what_if
    at_shift_end median p90 sd cv sigma gamma weibull uniform triangular min max mode shape scale coverage
    success run_time one_off monthly level effects misroute reopen after at_most to when
"""
_LANGUAGE = _WORDS.split()


def _slips(word: str) -> set[str]:
    deletions = {word[:i] + word[i + 1 :] for i in range(len(word))}
    swaps = {word[:i] + word[i + 1] + word[i] + word[i + 2 :] for i in range(len(word) - 1)}
    return (deletions | swaps) - {"", *_LANGUAGE}


def test_one_slip_in_any_key_of_the_language_finds_the_key_nine_times_in_ten() -> None:
    slips = [(slip, word) for word in _LANGUAGE for slip in _slips(word)]
    right = sum(nearest(slip, _LANGUAGE) == word for slip, word in slips)
    assert right >= 0.9 * len(slips)


_PATHS = [
    "name",
    "staffing",
    "steps",
    "staffing.desk.people",
    "staffing.desk.cost",
    "staffing.desk.absence",
    "staffing.desk.queue",
    "staffing.desk.skills",
    "steps.triage.team",
    "steps.triage.work",
    "steps.triage.next",
    "steps.triage.work.lognormal",
    "steps.triage.work.lognormal.mean",
    "steps.triage.work.lognormal.cv",
    "steps.triage.next.0.to",
    "steps.triage.next.0.share",
    "steps.fix.class",
]


@given(st.data())
def test_one_slip_in_any_key_of_a_document_is_refused_with_the_right_suggestion(draws: st.DataObject) -> None:
    *above, key = draws.draw(st.sampled_from(_PATHS)).split(".")
    slip = draws.draw(st.sampled_from(sorted(_slips(key))))
    root = parse_document(GOOD, "f.yaml")
    parent = get_path(root, above)
    assert isinstance(parent, MapNode)
    renamed = MapNode(
        {slip if name == key else name: entry for name, entry in parent.entries.items()}, parent.place
    )
    with pytest.raises(InvalidInput, match=f"there is no key '{slip}' here") as refusal:
        validate(Desk, set_path(root, above, renamed))
    (problem,) = (problem for problem in refusal.value.problems if problem.path.endswith(slip))
    assert f"did you mean '{key}'?" in (problem.remedy or "")
    assert problem.place == key_place_of(root, [*above, key])


def test_suggestion_is_given_only_when_near() -> None:
    assert nearest("Service Desk", ["service_desk", "network"]) == "service_desk"
    assert nearest("zebra", ["service_desk", "network"]) is None
    assert nearest("x" * 100_000, ["service_desk"]) is None
    assert remedy_for_unknown("zebra", ["a"]) == "use 'a'"
    assert remedy_for_unknown("zebra", []) is None
    assert remedy_for_unknown("zebra", [f"name{i}" for i in range(21)]) is None


_ANY_VALUE: st.SearchStrategy[object] = st.none() | st.integers() | st.text(max_size=3) | st.just([])


@given(st.dictionaries(st.sampled_from(_LANGUAGE), _ANY_VALUE, max_size=4))
def test_any_values_are_accepted_or_refused_with_places(plain: dict[str, Any]) -> None:
    team = cast("dict[str, Any]", {"name": "Desk", "staffing": {"desk": plain}, "steps": {}})
    try:
        validate(Desk, from_plain(team, "patch"))
        problems: tuple[Problem, ...] = ()
    except InvalidInput as refusal:
        problems = refusal.problems
    assert all(problem.place and problem.path.startswith("staffing.desk") for problem in problems)
