"""A scenario's process as BPMN: shapes that do not overlap, arrows that hit their shapes, and read again."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

import simlab as sl
from simlab.calibrate.exchange.bpmn_layout import Box, overlapping, place
from simlab.calibrate.exchange.bpmn_write import bpmn_text, write_bpmn
from simlab.calibrate.exchange.drawn_process import Drawn, drawn_process
from simlab.calibrate.exchange.imported import imported_text

ROOT = Path(__file__).parents[4]
SHIPPED = sorted((ROOT / "scenarios").glob("*.yaml"))
BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
DI = "{http://www.omg.org/spec/BPMN/20100524/DI}"


def desk(**steps: Any) -> dict[str, Any]:  # noqa: ANN401
    return {"name": "Desk <&>", "routing": {"start": next(iter(steps)), "steps": steps}}


MECHANISMS = desk(
    look={
        "team": "desk",
        "work": "5 min",
        "escalate": [{"after": "1 h", "to": "fix"}],
        "patience": {"time": {"exponential": "20 min"}},
        "next": [{"when": {"class": "a"}, "to": "both"}, {"share": "20 %", "to": "ask"}, {"to": "resolved"}],
    },
    ask={"wait": {"lognormal": {"mean": "9 h", "cv": 1}}, "next": "look"},
    both={"parallel": {"branches": ["fix", "nested"], "join": "all"}, "next": "choose"},
    nested={"parallel": {"branches": ["fix2", "fix3"], "join": "any"}, "next": "join"},
    fix={"team": "second", "work": "5 min", "next": "join"},
    fix2={"team": "second", "work": "5 min", "next": "join"},
    fix3={"team": "third", "work": "5 min", "next": "join"},
    choose={"decide": {"look": "10 %", "resolved": "90 %"}},
    resolved={"end": "resolved", "reopen": {"share": "2 %", "to": "look"}},
) | {"automation": {"bot": {"at": "look", "levels": {"off": {}}}, "bot2": {"at": "look", "levels": {}}}}


def processes() -> list[Drawn]:
    loaded = [drawn_process(sl.load(path).resolved) for path in SHIPPED]
    return [drawn_process(MECHANISMS), *loaded]


def inside(point: tuple[int, int], box: Box) -> bool:
    return box.x < point[0] < box.x + box.width and box.y < point[1] < box.y + box.height


def crosses(first: tuple[int, int], second: tuple[int, int], box: Box) -> bool:
    """Whether a horizontal or vertical line runs through the inside of a box."""
    low = (min(first[0], second[0]), min(first[1], second[1]))
    high = (max(first[0], second[0]), max(first[1], second[1]))
    return low[0] < box.x + box.width and high[0] > box.x and low[1] < box.y + box.height and high[1] > box.y


@pytest.mark.parametrize("process", processes(), ids=lambda process: process.name)
def test_no_shapes_overlap_and_no_arrow_runs_through_one(process: Drawn) -> None:
    placed = place(process)
    hosted = {key for key, shape in process.shapes.items() if shape.host}
    free = [box for key, box in placed.shapes.items() if key not in hosted]
    assert overlapping(free) == []
    assert overlapping(list(placed.lanes.values())) == []
    for arrow in process.arrows:
        route = placed.arrows[arrow.id]
        assert all(a[0] == b[0] or a[1] == b[1] for a, b in pairwise(route)), "arrows bend at right angles"
        for first, second in pairwise(route):
            assert not any(crosses(first, second, box) for box in free), arrow


@pytest.mark.parametrize("process", processes(), ids=lambda process: process.name)
def test_every_shape_stands_in_the_lane_of_its_team(process: Drawn) -> None:
    placed = place(process)
    for key, shape in process.shapes.items():
        lane = placed.lanes[shape.lane]
        assert inside(placed.shapes[key].middle, lane)
        assert inside(lane.middle, placed.pool)


@pytest.mark.parametrize("process", processes(), ids=lambda process: process.name)
def test_file_is_well_formed_and_its_references_lead_somewhere(process: Drawn) -> None:
    root = ElementTree.fromstring(bpmn_text(process))
    ids = [each.get("id") for each in root.iter() if each.get("id")]
    assert len(set(ids)) == len(ids)
    for flow in root.iter(f"{BPMN}sequenceFlow"):
        assert {flow.get("sourceRef"), flow.get("targetRef")} <= set(ids)
    drawn = {each.get("bpmnElement") for each in root.iter(f"{DI}BPMNShape")}
    drawn |= {each.get("bpmnElement") for each in root.iter(f"{DI}BPMNEdge")}
    model = root.find(f"{BPMN}process")
    assert model is not None
    elements = {each.get("id") for each in model if each.tag != f"{BPMN}laneSet"}
    assert elements <= drawn
    for node in model:
        into = [flow.text for flow in node.findall(f"{BPMN}incoming")]
        assert into == [a.id for a in process.arrows if a.target == node.get("id")]


def test_mechanisms_have_the_shapes_that_bpmn_has_for_them() -> None:
    process = drawn_process(MECHANISMS)
    elements = [shape.element for shape in process.shapes.values()]
    assert elements.count("parallelGateway") == 4
    assert elements.count("boundaryEvent") == 2
    assert elements.count("serviceTask") == 2
    names = {shape.id: shape.name for shape in process.shapes.values()}
    ways = {(names[a.source], names[a.target]): a.name for a in process.arrows}
    assert ways["comes back?", "bot2?"] == "2 %"
    assert ways["not begun after 1 h", "fix"] == ""
    (wait,) = (shape for shape in process.shapes.values() if shape.element == "intermediateCatchEvent")
    assert wait.timer == "PT540M"


def test_rules_of_a_choice_to_the_same_step_are_one_flow_that_the_gateway_documents() -> None:
    shares = [
        {"when": {"class": name}, "share": "10 %", "to": "fix"} for name in ("mail", "network", "printing")
    ]
    steps = {
        "call": {"team": "desk", "work": "5 min", "next": [*shares, {"to": "resolved"}]},
        "fix": {"team": "desk", "work": "9 min", "next": "resolved"},
    }
    process = drawn_process({"name": "x", "routing": {"start": "call", "steps": steps}})
    (gateway,) = (shape for shape in process.shapes.values() if shape.element == "exclusiveGateway")
    flows = [arrow for arrow in process.arrows if arrow.source == gateway.id]
    assert [flow.name for flow in flows] == ["3 rules", ""]
    assert gateway.documentation.startswith("to fix: class mail; 10 %; or class network")
    assert len({arrow.id for arrow in process.arrows}) == len(process.arrows)


def test_stream_with_a_start_of_its_own_has_a_start_event() -> None:
    process = drawn_process({**MECHANISMS, "demand": {"calls": {}, "alarms": {"start": "fix3"}}})
    starts = [shape for shape in process.shapes.values() if shape.element == "startEvent"]
    assert [shape.name for shape in starts] == ["", "alarms"]
    (arrow,) = (arrow for arrow in process.arrows if arrow.source == starts[1].id)
    assert process.shapes[arrow.target].name == "fix3"


def test_process_that_was_written_is_read_with_the_same_steps(tmp_path: Path) -> None:
    path = tmp_path / "out.bpmn"
    skeleton = imported_text(Path(__file__).parent / "loan.bpmn")[1]
    write_bpmn(skeleton.values, path)
    again = imported_text(path)[1].values
    before, after = skeleton.values["routing"]["steps"], again["routing"]["steps"]
    assert set(after) == set(before)
    assert after["Check form"]["escalate"] == before["Check form"]["escalate"]
    assert after["in parallel"] == before["in parallel"]
    assert after["Cooling off"]["wait"] == before["Cooling off"]["wait"]
    assert after["Complete"]["decide"][0]["share"] == before["Complete"]["decide"][0]["share"]
    assert set(again["staffing"]) == set(skeleton.values["staffing"])
