"""BPMN models and Prosimos parameters as scenarios: what they say, what is asked, what is told."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simlab.calibrate.exchange.bpmn_read import read_bpmn
from simlab.calibrate.exchange.bpmn_scenario import Skeleton, scenario_of
from simlab.calibrate.exchange.imported import imported_text
from simlab.calibrate.exchange.prosimos import read_prosimos
from simlab.calibrate.exchange.prosimos_hours import open_minutes, weekly_hours
from simlab.calibrate.exchange.prosimos_times import distribution, mean_seconds
from simlab.errors import InvalidInput

HERE = Path(__file__).parent
LOAN, PARAMETERS = HERE / "loan.bpmn", HERE / "loan.json"
HEAD = '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"><process id="p" name="P">'
TAIL = "</process></definitions>"

Written = Callable[[str], Path]


@pytest.fixture
def written(tmp_path: Path) -> Written:
    def write(inside: str) -> Path:
        path = tmp_path / "model.bpmn"
        path.write_text(inside if inside.startswith("<definitions") else f"{HEAD}{inside}{TAIL}")
        return path

    return write


def flows(*pairs: str) -> str:
    """Return sequence flows of pairs such as ``a>b``; ``a>b:name`` names one."""
    made = []
    for number, pair in enumerate(pairs):
        ends, _, name = pair.partition(":")
        source, _, target = ends.partition(">")
        made.append(f'<sequenceFlow id="f{number}" name="{name}" sourceRef="{source}" targetRef="{target}"/>')
    return "".join(made)


def imported(path: Path) -> Skeleton:
    return imported_text(path)[1]


def steps(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = imported(path).values["routing"]["steps"]
    return found


ENDS = '<startEvent id="s"/><endEvent id="e"/>'


def test_loan_process_becomes_the_steps_that_it_draws() -> None:
    made = steps(LOAN)
    assert list(made) == [
        *("Check form", "Complete", "Papers come", "in parallel", "Rate risk", "Appraise property", "Score"),
        *("Write offer", "Cooling off"),
    ]
    assert made["Check form"]["team"] == "Clerks"
    assert made["Check form"]["about"] == "Is everything there?"
    assert made["Check form"]["escalate"] == [{"after": "8 h", "to": "cancelled"}]
    assert made["Complete"]["decide"] == [{"share": "50 %", "to": "Papers come"}, {"to": "in parallel"}]
    assert made["in parallel"] == {
        "parallel": {"branches": ["Rate risk", "Appraise property", "Score"], "join": "all"},
        "next": "Write offer",
    }
    assert made["Rate risk"]["team"] == "Risk experts"
    assert made["Rate risk"]["next"] == [{"share": "5 %", "to": "join"}, {"to": "join"}]
    assert made["Appraise property"]["next"] == "join"
    assert made["Score"]["wait"] == "1 min"
    assert made["Cooling off"] == {"wait": "3 days", "next": "resolved"}


def test_values_that_the_model_does_not_tell_are_marked_and_assumed() -> None:
    text, skeleton = imported_text(LOAN)
    marked = [line for line in text.splitlines() if "# FILL IN" in line]
    assert len(marked) == skeleton.n_to_fill_in == 11
    assert "share of: no (${missing > 0})" in text
    evidence = skeleton.values["evidence"]
    assert evidence["routing.steps.Check form.work"]["kind"] == "assumption"
    assert "routing.steps.Cooling off.wait" not in evidence


def test_what_is_left_out_is_told_with_its_place() -> None:
    told = "\n".join(imported(LOAN).remarks)
    assert "1 elements <choreographyTask> are not known" in told
    assert "1 message flows between pools are left out" in told
    assert "line 19: task of people 'Check form' is left after 8 h" in told


def test_parameters_of_prosimos_replace_what_was_made_up() -> None:
    _, skeleton = imported_text(LOAN, PARAMETERS)
    values, made = skeleton.values, skeleton.values["routing"]["steps"]
    assert skeleton.n_to_fill_in == 2
    assert values["calendars"] == {
        "office": {"hours": {"mon-fri": "09:00-12:00, 13:00-17:00"}},
        "late shift": {"hours": {"mon": "12:00-24:00", "fri-sun": "12:00-24:00"}},
    }
    assert values["staffing"]["Clerks"] == {
        "shifts": {"office": {"people": 3, "calendar": "office", "cost": "35 EUR/hour"}}
    }
    assert values["staffing"]["Experts"]["also_serves"] == ["Clerks"]
    assert values["demand"]["tickets"]["arrivals"] == {"hourly": {"mon-fri": {"09:00-17:00": "2/hour"}}}
    assert made["Complete"]["decide"][0] == {"share": "30 %", "to": "Papers come"}
    assert made["Papers come"]["wait"] == {"uniform": {"min": "60 min", "max": "120 min"}}
    assert made["Check form"]["work"]["mixture"] == [
        {"share": "75 %", "fixed": "10 min"},
        {"share": "25 %", "fixed": "5 min"},
    ]
    assert made["Write offer"]["work"] == {
        "gamma": {"mean": "20 min", "sd": "5 min"},
        "at_least": "10 min",
        "at_most": "40 min",
    }
    assert made["Rate risk"]["work"]["lognormal"] == {"mean": "15 min", "sd": "15 min"}
    assert any("batch_processing" in remark for remark in skeleton.remarks)


def test_nested_forks_join_at_their_own_gateways(written: Written) -> None:
    gates = "".join(f'<parallelGateway id="{key}" name="{key}"/>' for key in ("f1", "f2", "j2", "j1"))
    tasks = "".join(f'<task id="{key}" name="{key}"/>' for key in "abcd")
    made = steps(
        written(
            ENDS
            + gates
            + tasks
            + flows("s>f1", "f1>a", "f1>f2", "f2>b", "f2>c", "b>j2", "c>j2", "j2>d", "d>j1", "a>j1", "j1>e")
        )
    )
    assert made["f1"] == {"parallel": {"branches": ["a", "f2"], "join": "all"}, "next": "resolved"}
    assert made["f2"] == {"parallel": {"branches": ["b", "c"], "join": "all"}, "next": "d"}
    assert (made["b"]["next"], made["d"]["next"], made["a"]["next"]) == ("join", "join", "join")


def test_branch_without_a_step_and_fork_without_a_join_make_a_scenario(written: Written) -> None:
    fork = '<parallelGateway id="f" name="f"/><parallelGateway id="j"/><task id="a" name="a"/>'
    made = steps(written(ENDS + fork + flows("s>f", "f>a", "f>j", "a>j", "j>e")))
    assert made["f"]["parallel"]["branches"][0] == "a"
    open_ended = imported(written(ENDS + fork + '<endEvent id="e2"/>' + flows("s>f", "f>a", "a>e", "f>e2")))
    assert any("never come together" in remark for remark in open_ended.remarks)


def test_branches_without_a_gateway_of_their_kind_join_where_they_meet(written: Written) -> None:
    model = (
        '<parallelGateway id="f" name="f"/><exclusiveGateway id="x"/><task id="a" name="a"/>'
        '<task id="b" name="b"/><task id="c" name="c"/>'
    )
    for meeting in ("a>x", "b>x", "x>c", "c>e"), ("a>c", "b>c", "c>e"), ("a>e", "b>e"):
        skeleton = imported(written(ENDS + model + flows("s>f", "f>a", "f>b", *meeting)))
        made = skeleton.values["routing"]["steps"]
        after = "c" if "c>e" in meeting else "resolved"
        assert made["f"] == {"parallel": {"branches": ["a", "b"], "join": "all"}, "next": after}
        assert any("no gateway of its kind" in remark for remark in skeleton.remarks)


def test_inclusive_gateway_takes_each_branch_with_its_share(written: Written) -> None:
    gates = '<inclusiveGateway id="f" name="f"/><inclusiveGateway id="j"/>'
    tasks = '<task id="a" name="a"/><task id="b" name="b"/>'
    made = steps(written(ENDS + gates + tasks + flows("s>f", "f>a:if a", "f>b", "a>j", "b>j", "j>e")))
    assert made["f"]["parallel"]["branches"] == ["if a", "f branch 2"]
    assert made["if a"] == {"decide": [{"share": "50 %", "to": "a"}, {"to": "join"}]}


def test_first_event_of_several_is_a_choice_that_is_told(written: Written) -> None:
    model = (
        '<eventBasedGateway id="g"/><intermediateCatchEvent id="m" name="Answer"><messageEventDefinition/>'
        '</intermediateCatchEvent><intermediateCatchEvent id="t" name="Too late"><timerEventDefinition>'
        "<timeDuration>P1D</timeDuration></timerEventDefinition></intermediateCatchEvent>"
    )
    skeleton = imported(written(ENDS + model + flows("s>g", "g>m", "g>t", "m>e", "t>e")))
    made = skeleton.values["routing"]["steps"]
    assert made["first event"]["decide"] == [{"share": "50 %", "to": "Answer"}, {"to": "Too late"}]
    assert made["Too late"]["wait"] == "1 day"
    assert any("first event decide" in remark for remark in skeleton.remarks)


def test_loop_back_and_merging_gateways_vanish_into_the_flow(written: Written) -> None:
    model = '<exclusiveGateway id="m"/><task id="a" name="a"/><exclusiveGateway id="x" name="ok"/>'
    made = steps(written(ENDS + model + flows("s>m", "m>a", "a>x", "x>m:20 %", "x>e")))
    assert made == {
        "a": made["a"],
        "ok": {"decide": [{"share": "20 %", "to": "a"}, {"to": "resolved"}]},
    }


def test_equal_names_and_strange_names_become_names_of_the_language(written: Written) -> None:
    named = {"a": "Do: it!", "b": "Do it", "c": "", "d": "join"}
    tasks = "".join(f'<task id="{key}" name="{name}"/>' for key, name in named.items())
    made = steps(written(ENDS + tasks + flows("s>a", "a>b", "b>c", "c>d", "d>e")))
    assert list(made) == ["Do it", "Do it 2", "task", "join 2"]
    assert made["Do it"]["about"] == "Do: it!"


def test_text_of_any_writing_makes_a_scenario(written: Written) -> None:
    about = "<documentation>*x: [&#x85;</documentation>"
    task = f'<task id="a" name="&#x202e;- {{a}}: &quot;b&quot; # c &#10; d">{about}</task>'
    text, skeleton = imported_text(written(ENDS + task + flows("s>a: no # y", "a>e")))
    assert list(skeleton.values["routing"]["steps"]) == ["- a b c d"]
    assert "\u202e" not in text


@pytest.mark.parametrize(
    ("inside", "message"),
    [
        ("<definitions/>", "has no process"),
        ('<startEvent id="s"/><task id="a"/>' + flows("s>a", "a>s"), "never ends"),
        ("<task/>", "has no id"),
        ("", "no start event"),
        ('<subProcess id="x" name="X"><task id="a"/></subProcess>', "sub-process 'X' has no start or no end"),
        ("<task id='a'>", "not well-formed"),
    ],
)
def test_broken_model_is_refused_in_words(written: Written, inside: str, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        imported(written(inside))


def test_unknown_process_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InvalidInput, match=r"no process 'Bunk'\n.*did you mean 'Bank'"):
        read_bpmn(LOAN, "Bunk")


def test_file_that_is_no_bpmn_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.bpmn"
    path.write_text("<html/>")
    with pytest.raises(InvalidInput, match="begins with <definitions>, this one with <html>"):
        read_bpmn(path)


def test_parameters_in_place_of_the_model_are_refused_with_the_remedy() -> None:
    with pytest.raises(InvalidInput, match=r"not a BPMN model\n.*--parameters"):
        read_bpmn(PARAMETERS)


def test_large_model_is_imported(written: Written) -> None:
    n_blocks = 120
    nodes, pairs = "", ["s>t0"]
    for n in range(n_blocks):
        nodes += f'<task id="t{n}" name="t{n}"/><parallelGateway id="f{n}"/><parallelGateway id="j{n}"/>'
        nodes += f'<task id="a{n}" name="a{n}"/><task id="b{n}" name="b{n}"/>'
        after = f"t{n + 1}" if n + 1 < n_blocks else "e"
        pairs += [f"t{n}>f{n}", f"f{n}>a{n}", f"f{n}>b{n}", f"a{n}>j{n}", f"b{n}>j{n}", f"j{n}>{after}"]
    made = scenario_of(read_bpmn(written(ENDS + nodes + flows(*pairs)))).values
    assert len(made["routing"]["steps"]) == 4 * n_blocks


def test_document_type_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.bpmn"
    path.write_text('<!DOCTYPE d [<!ENTITY a "b">]><definitions/>')
    with pytest.raises(InvalidInput, match="document type"):
        read_bpmn(path)


KINDS = ("task", "serviceTask", "exclusiveGateway", "parallelGateway", "inclusiveGateway", "endEvent")


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from(KINDS), min_size=1, max_size=7),
    st.lists(st.tuples(st.integers(-1, 6), st.integers(0, 6)), max_size=14),
)
def test_any_graph_gives_a_scenario_or_a_clear_refusal(
    tmp_path_factory: pytest.TempPathFactory, kinds: list[str], edges: list[tuple[int, int]]
) -> None:
    nodes = "".join(f'<{kind} id="n{n}" name="n{n}"/>' for n, kind in enumerate(kinds))
    pairs = [f"{'s' if a < 0 else f'n{a}'}>n{b}" for a, b in edges if b < len(kinds) and a < len(kinds)]
    path = tmp_path_factory.mktemp("any") / "any.bpmn"
    path.write_text(f'{HEAD}<startEvent id="s"/>{nodes}{flows(*pairs)}{TAIL}')
    with suppress(InvalidInput):
        imported(path)


@pytest.mark.parametrize(
    ("name", "values", "expected"),
    [
        ("fix", [90], "1.5 min"),
        ("expon", [0, 600, 0, 7200], {"exponential": "10 min", "at_most": "120 min"}),
        ("expon", [60, 600, 60, 7260], {"exponential": "10 min", "at_most": "120 min", "plus": "1 min"}),
        ("expon", [600, 0, 7200], {"exponential": "10 min"}),
        ("norm", [600, 60], {"gamma": {"mean": "10 min", "sd": "1 min"}}),
        ("norm", [600, 0, 0, 900], "10 min"),
        ("uniform", [60, 120], {"uniform": {"min": "1 min", "max": "2 min"}}),
        ("uniform", [60, 120, 60, 180], {"uniform": {"min": "1 min", "max": "3 min"}}),
        ("lognorm", [0.5, 0, 600], {"lognormal": {"median": "10 min", "sigma": 0.5}}),
        ("lognorm", [600, 3600.0, 0, 0], {"lognormal": {"mean": "10 min", "sd": "1 min"}}),
        ("gamma", [2, 0, 300], {"gamma": {"shape": 2.0, "scale": "5 min"}}),
        (
            "triang",
            [0.5, 60, 120, 60, 180],
            {"triangular": {"min": "1 min", "mode": "2 min", "max": "3 min"}},
        ),
        ("weird", [600, 1], {"exponential": "10 min"}),
    ],
)
def test_distribution_is_said_in_the_words_of_the_language(
    name: str, values: list[float], expected: object
) -> None:
    told = {"distribution_name": name, "distribution_params": [{"value": value} for value in values]}
    made, is_known = distribution(told, "x")
    assert made == expected
    assert is_known == (name != "weird")


def test_mean_of_each_family_is_that_of_its_formula() -> None:
    def mean(name: str, *values: float) -> float:
        return mean_seconds({"distribution_name": name, "distribution_params": list(values)})

    assert mean("expon", 60, 600, 0, 9000) == 660
    assert mean("uniform", 60, 120, 60, 180) == 120
    assert mean("lognorm", 0.5, 0, 600, 0, 9000) == pytest.approx(600 * math.exp(0.125))
    assert mean("gamma", 2, 10, 300, 0, 9000) == 610


def test_periods_are_joined_into_weekly_hours() -> None:
    def period(first: str, last: str, begin: str, end: str) -> dict[str, str]:
        return {"from": first, "to": last, "beginTime": begin, "endTime": end}

    hours = weekly_hours(
        [
            period("MONDAY", "TUESDAY", "08:00:00", "12:00:00"),
            period("TUESDAY", "MONDAY", "12:00", "17:00"),
            period("SUNDAY", "SUNDAY", "00:00:00.000", "23:59:59"),
        ]
    )
    assert hours == {"mon-tue": "08:00-17:00", "wed-sat": "12:00-17:00", "sun": "00:00-24:00"}
    assert open_minutes(hours) == 2 * 540 + 4 * 300 + 1440


def fixed(*parameters: dict[str, object]) -> dict[str, object]:
    return {"distribution_name": "fix", "distribution_params": list(parameters)}


NEGATIVE = {"gateway_id": "g", "probabilities": [{"path_id": "a", "value": -1}]}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"resource_profiles": 1}, "a list 'resource_profiles'"),
        ({"resource_calendars": [{"name": "x"}]}, "the key 'id' is missing"),
        ({"resource_calendars": []}, "no calendar 'office'"),
        ({"arrival_time_distribution": fixed()}, "no parameters"),
        ({"arrival_time_distribution": fixed({"value": "x"})}, "not as Prosimos writes them"),
        ({"gateway_branching_probabilities": [NEGATIVE]}, "gateway 'g' are not above 0"),
    ],
)
def test_broken_parameters_are_refused_in_words(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    path = tmp_path / "p.json"
    path.write_text(json.dumps({**json.loads(PARAMETERS.read_text()), **change}))
    with pytest.raises(InvalidInput, match=message):
        read_prosimos(path)


@pytest.mark.parametrize("text", ["", "[]", "{", "null", '{"resource_profiles": [1]}'])
def test_file_that_is_no_parameters_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "p.json"
    path.write_text(text)
    with pytest.raises(InvalidInput, match=r"p\.json"):
        read_prosimos(path)


def test_scenario_without_parameters_is_made_of_the_graph_alone() -> None:
    assert scenario_of(read_bpmn(LOAN)).values["name"] == "Bank"
