"""A scenario's process as a BPMN 2.0 file with its picture, as common modellers open it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final
from xml.sax.saxutils import escape, quoteattr

from simlab.calibrate.exchange.bpmn_layout import Box, Placed, place
from simlab.calibrate.exchange.drawn_process import Arrow, Drawn, Shape, drawn_process
from simlab.results.files import write_whole

_HEAD: Final = """\
<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" \
xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" \
xmlns:di="http://www.omg.org/spec/DD/20100524/DI" id="Definitions_1" \
targetNamespace="http://bpmn.io/schema/bpmn" exporter="simlab" exporterVersion="1">
"""
_NOT_IN_XML: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


def write_bpmn(resolved: Mapping[str, Any], path: Path) -> Drawn:
    """Write the process of a scenario; returns what was drawn.

    Teams become lanes, work user tasks, waits timer events, choices exclusive gateways whose flows are named
    after their shares and conditions. What BPMN has no shape for stands in the documentation of the step.

    Parameters
    ----------
    resolved
        The scenario as plain values, as :attr:`simlab.model.load.LoadedScenario.resolved` holds it.
    path
        File to write.

    Raises
    ------
    StorageError
        The file cannot be written.
    """
    process = drawn_process(resolved)
    write_whole(path, bpmn_text(process).encode())
    return process


def bpmn_text(process: Drawn) -> str:
    """Return the BPMN file of a process."""
    placed = place(process)
    parts = [_HEAD, *_model(process), *_picture(process, placed), "</bpmn:definitions>\n"]
    return "".join(parts)


def _model(process: Drawn) -> Iterator[str]:
    yield '  <bpmn:collaboration id="Collaboration_1">\n'
    yield f'    <bpmn:participant id="Pool_1" name={_quoted(process.name)} processRef="Process_1"/>\n'
    yield "  </bpmn:collaboration>\n"
    yield f'  <bpmn:process id="Process_1" name={_quoted(process.name)} isExecutable="false">\n'
    yield '    <bpmn:laneSet id="LaneSet_1">\n'
    for number, lane in enumerate(process.lanes()):
        yield f'      <bpmn:lane id="Lane_{number}" name={_quoted(lane)}>\n'
        inside = (shape.id for shape in process.shapes.values() if shape.lane == lane)
        yield from (f"        <bpmn:flowNodeRef>{key}</bpmn:flowNodeRef>\n" for key in inside)
        yield "      </bpmn:lane>\n"
    yield "    </bpmn:laneSet>\n"
    for shape in process.shapes.values():
        yield from _element(shape, process)
    for arrow in process.arrows:
        yield f"    {_flow(arrow)}\n"
    yield "  </bpmn:process>\n"


def _element(shape: Shape, process: Drawn) -> Iterator[str]:
    name = f" name={_quoted(shape.name)}" if shape.name else ""
    host = f' attachedToRef="{shape.host}"' if shape.host else ""
    yield f'    <bpmn:{shape.element} id="{shape.id}"{name}{host}>\n'
    if shape.documentation:
        text = escape(_NOT_IN_XML.sub("", shape.documentation))
        yield f"      <bpmn:documentation>{text}</bpmn:documentation>\n"
    into = (arrow.id for arrow in process.arrows if arrow.target == shape.id)
    out = (arrow.id for arrow in process.arrows if arrow.source == shape.id)
    yield from (f"      <bpmn:incoming>{key}</bpmn:incoming>\n" for key in into)
    yield from (f"      <bpmn:outgoing>{key}</bpmn:outgoing>\n" for key in out)
    if shape.element in ("intermediateCatchEvent", "boundaryEvent"):
        yield f'      <bpmn:timerEventDefinition id="{shape.id}_timer">\n'
        if shape.timer:
            yield (
                '        <bpmn:timeDuration xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
                f' xsi:type="bpmn:tFormalExpression">{shape.timer}</bpmn:timeDuration>\n'
            )
        yield "      </bpmn:timerEventDefinition>\n"
    yield f"    </bpmn:{shape.element}>\n"


def _flow(arrow: Arrow) -> str:
    name = f" name={_quoted(arrow.name)}" if arrow.name else ""
    return f'<bpmn:sequenceFlow id="{arrow.id}"{name} sourceRef="{arrow.source}" targetRef="{arrow.target}"/>'


def _picture(process: Drawn, placed: Placed) -> Iterator[str]:
    yield '  <bpmndi:BPMNDiagram id="Diagram_1">\n'
    yield '    <bpmndi:BPMNPlane id="Plane_1" bpmnElement="Collaboration_1">\n'
    yield _shape("Pool_1", placed.pool, ' isHorizontal="true"')
    for number, lane in enumerate(process.lanes()):
        yield _shape(f"Lane_{number}", placed.lanes[lane], ' isHorizontal="true"')
    for key, shape in process.shapes.items():
        more = ' isMarkerVisible="true"' if shape.element == "exclusiveGateway" else ""
        yield _shape(key, placed.shapes[key], more)
    for arrow in process.arrows:
        yield f'      <bpmndi:BPMNEdge id="{arrow.id}_di" bpmnElement="{arrow.id}">\n'
        yield from (f'        <di:waypoint x="{x}" y="{y}"/>\n' for x, y in placed.arrows[arrow.id])
        if arrow.name:
            bounds = _bounds(placed.labels[arrow.id])
            yield f"        <bpmndi:BPMNLabel>\n          {bounds}\n        </bpmndi:BPMNLabel>\n"
        yield "      </bpmndi:BPMNEdge>\n"
    yield "    </bpmndi:BPMNPlane>\n  </bpmndi:BPMNDiagram>\n"


def _shape(key: str, box: Box, more: str) -> str:
    opened = f'      <bpmndi:BPMNShape id="{key}_di" bpmnElement="{key}"{more}>\n'
    return f"{opened}        {_bounds(box)}\n      </bpmndi:BPMNShape>\n"


def _bounds(box: Box) -> str:
    return f'<dc:Bounds x="{box.x}" y="{box.y}" width="{box.width}" height="{box.height}"/>'


def _quoted(text: str) -> str:
    return quoteattr(_NOT_IN_XML.sub("", text), {"\n": "&#10;", "\t": "&#9;"})
