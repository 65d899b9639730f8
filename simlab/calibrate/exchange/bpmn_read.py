"""BPMN 2.0 models, read into a process graph; what has no place in it is told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from simlab.calibrate.exchange.process_graph import Boundary, Flow, Node, NodeKind, ProcessGraph
from simlab.calibrate.exchange.xml_tree import Element, read_tree
from simlab.calibrate.reading.log_file import log_content, refused
from simlab.scenario.suggestions import remedy_for_unknown

LARGEST_MIB: Final = 64
_KINDS: Final = {
    **dict.fromkeys(("task", "userTask", "manualTask", "callActivity"), NodeKind.WORK),
    **dict.fromkeys(("serviceTask", "scriptTask", "businessRuleTask", "sendTask"), NodeKind.AUTOMATIC),
    "receiveTask": NodeKind.WAIT,
    "startEvent": NodeKind.START,
    "endEvent": NodeKind.END,
    "intermediateCatchEvent": NodeKind.WAIT,
    "intermediateThrowEvent": NodeKind.PASS,
    "exclusiveGateway": NodeKind.CHOICE,
    "complexGateway": NodeKind.CHOICE,
    "inclusiveGateway": NodeKind.SOME,
    "parallelGateway": NodeKind.FORK,
    "eventBasedGateway": NodeKind.RACE,
}
_INLINED: Final = ("subProcess", "transaction", "adHocSubProcess")
_QUIET: Final = frozenset(
    (
        *("documentation", "extensionElements", "laneSet", "sequenceFlow", "association", "textAnnotation"),
        *("group", "dataObject", "dataObjectReference", "dataStoreReference", "ioSpecification", "incoming"),
        *(
            "outgoing",
            "property",
            "artifact",
            "category",
            "boundaryEvent",
            "multiInstanceLoopCharacteristics",
        ),
        *("standardLoopCharacteristics", "monitoring", "resourceRole", "potentialOwner"),
    )
)
"""Elements that say nothing about the flow, or are looked at elsewhere."""


def read_bpmn(path: Path, process: str | None = None) -> ProcessGraph:
    """Read one process of a BPMN file.

    Parameters
    ----------
    path
        The file.
    process
        Name or id of the process or of its pool; None: the one with the most tasks.

    Raises
    ------
    InvalidInput
        It is not BPMN, has no such process, or the process has no start, no end or flows that lead nowhere.
    """
    content = log_content(path, LARGEST_MIB)
    if content.lstrip().startswith(b"{"):
        remedy = "name the BPMN model here, and its parameters with --parameters"
        raise refused(path, "this is JSON, not a BPMN model", remedy)
    root = read_tree(content, path)
    if root.name != "definitions":
        raise refused(
            path, f"a BPMN model begins with <definitions>, this one with <{root.name}>", "export BPMN"
        )
    processes = list(root.all("process"))
    if not processes:
        raise refused(
            path, "the model has no process", "export BPMN 2.0 with the process, not the diagram alone"
        )
    pools = {each.get("processRef"): each.get("name") for each in _pools(root)}
    chosen = _chosen(processes, pools, process, path)
    reader = _Reader(path, pools.get(chosen.get("id"), ""))
    reader.read(chosen, reader.pool, reader.lanes(chosen))
    reader.join_boundaries()
    others = [_title(each, pools) for each in processes if each is not chosen and _n_tasks(each)]
    if others:
        reader.remarks.append(
            f"other processes are left out ({', '.join(others)}): import them with --process NAME"
        )
    n_messages = sum(1 for each in root.all("collaboration") for _ in each.all("messageFlow"))
    if n_messages:
        reader.remarks.append(f"{n_messages} message flows between pools are left out")
    return reader.graph(_title(chosen, pools))


def _pools(root: Element) -> Iterator[Element]:
    for each in root.all("collaboration"):
        yield from each.all("participant")


def _title(process: Element, pools: dict[str, str]) -> str:
    return pools.get(process.get("id")) or process.get("name") or process.get("id") or "process"


def _n_tasks(process: Element) -> int:
    own = sum(_KINDS.get(child.name) in (NodeKind.WORK, NodeKind.AUTOMATIC) for child in process.children)
    return own + sum(_n_tasks(child) for child in process.all(*_INLINED))


def _chosen(processes: list[Element], pools: dict[str, str], wanted: str | None, path: Path) -> Element:
    if wanted is None:
        return max(processes, key=_n_tasks)
    for each in processes:
        if wanted in (each.get("id"), each.get("name"), pools.get(each.get("id"))):
            return each
    known = [_title(each, pools) for each in processes]
    raise refused(
        path, f"there is no process '{wanted}'", remedy_for_unknown(wanted, known) or "check the name"
    )


@dataclass(slots=True)
class _Reader:
    """Collects nodes and flows; sub-processes are put in place of their box."""

    path: Path
    pool: str
    nodes: dict[str, Node] = field(default_factory=dict)
    flows: dict[str, Flow] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    entries: dict[str, str] = field(default_factory=dict)
    """Sub-process to the node that stands at its beginning."""
    exits: dict[str, str] = field(default_factory=dict)
    boundaries: list[tuple[str, Boundary]] = field(default_factory=list)
    unknown: Counter[str] = field(default_factory=Counter)

    def lanes(self, process: Element) -> dict[str, str]:
        """Return the lane of each node; nested lanes win."""
        found: dict[str, str] = {}

        def walk(lane_set: Element) -> None:
            for lane in lane_set.all("lane"):
                found.update(dict.fromkeys(lane.texts("flowNodeRef"), lane.get("name") or lane.get("id")))
                for inner in lane.all("childLaneSet"):
                    walk(inner)

        for lane_set in process.all("laneSet"):
            walk(lane_set)
        return found

    def read(self, scope: Element, lane: str, lanes: dict[str, str]) -> None:
        """Take what stands in a process or sub-process."""
        defaults = {child.get("default") for child in scope.children if child.get("default")}
        for child in scope.children:
            if child.name in _KINDS:
                self._take_node(child, lanes.get(child.get("id"), lane))
            elif child.name in _INLINED:
                self._take_scope(child, lanes.get(child.get("id"), lane), lanes)
            elif child.name == "boundaryEvent":
                self._take_boundary(child)
            elif child.name == "sequenceFlow":
                self._take_flow(child, defaults)
            elif child.name not in _QUIET:
                self.unknown[child.name] += 1

    def _take_node(self, element: Element, lane: str) -> None:
        kind, timer = _KINDS[element.name], None
        key = self._key(element)
        events = [child.name for child in element.children if child.name.endswith("EventDefinition")]
        if element.name == "endEvent" and {"errorEventDefinition", "cancelEventDefinition"} & set(events):
            kind = NodeKind.CANCEL
        if element.name == "intermediateCatchEvent" and "timerEventDefinition" in events:
            kind, timer = NodeKind.TIMER, self._timer(element)
        if element.name == "complexGateway":
            self._tell(element, "is read as an exclusive gateway")
        if element.name == "callActivity":
            self._tell(element, "calls another process; it is read as a task")
        loops = [child.name for child in element.children if child.name.endswith("LoopCharacteristics")]
        if loops:
            self._tell(element, "is repeated (loop or multiple instances); it is read as done once")
        documentation = " ".join(" ".join(element.texts("documentation")).split())
        name = " ".join(element.get("name").split())
        self.nodes[key] = Node(key, kind, name, lane, element.line, timer, (), documentation)

    def _take_scope(self, element: Element, lane: str, lanes: dict[str, str]) -> None:
        if element.get("triggeredByEvent") == "true":
            self._tell(element, "begins by an event of its own; it is left out")
            return
        if element.name == "adHocSubProcess":
            self._tell(element, "has no order of its own (ad hoc); its tasks are read as they are connected")
        key = self._key(element)
        before = set(self.nodes)
        self.read(element, lane, {**lanes, **self.lanes(element)})
        inside = [self.nodes[each] for each in self.nodes if each not in before]
        starts = [node for node in inside if node.kind is NodeKind.START]
        ends = [node for node in inside if node.kind in (NodeKind.END, NodeKind.CANCEL)]
        if not starts or not ends:
            raise refused(
                self.path,
                f"the sub-process '{element.get('name') or key}' has no start or no end event",
                "draw both, so that it is clear where its flow begins and ends",
                element.line,
            )
        if len(starts) > 1:
            self._tell(element, "has several start events; the first one is taken")
        self.entries[key], self.exits[key] = starts[0].id, f"{key}~end"
        for node in (*starts, *ends):
            self.nodes[node.id] = replace(node, kind=NodeKind.PASS)
        self.nodes[self.exits[key]] = Node(self.exits[key], NodeKind.PASS, "", lane, element.line)
        for node in ends:
            flow = Flow(f"{node.id}~out", node.id, self.exits[key])
            self.flows[flow.id] = flow

    def _take_boundary(self, element: Element) -> None:
        if element.get("cancelActivity") == "false":
            self._tell(element, "does not interrupt its task; it is left out")
            return
        timer = self._timer(element) if element.first("timerEventDefinition") else None
        key = self._key(element)
        event = Boundary(key, element.get("name"), timer, None, element.line)
        self.boundaries.append((element.get("attachedToRef"), event))

    def _take_flow(self, element: Element, defaults: set[str]) -> None:
        key = element.get("id") or f"flow {len(self.flows) + 1}"
        condition = element.first("conditionExpression")
        self.flows[key] = Flow(
            key,
            element.get("sourceRef"),
            element.get("targetRef"),
            " ".join(element.get("name").split()),
            " ".join(condition.text.split()) if condition else "",
            key in defaults,
        )

    def _timer(self, element: Element) -> str | None:
        definition = element.first("timerEventDefinition")
        duration = definition.first("timeDuration") if definition else None
        if duration is not None and duration.text.strip().upper().startswith("P"):
            return duration.text.strip()
        self._tell(element, "has no duration such as PT4H; one is to be filled in")
        return None

    def _key(self, element: Element) -> str:
        key = element.get("id")
        if not key:
            raise refused(self.path, f"a <{element.name}> has no id", "export it again", element.line)
        return key

    def _tell(self, element: Element, what: str) -> None:
        called = element.get("name") or element.get("id")
        self.remarks.append(f"{self.path}:{element.line}: {element.name} '{called}' {what}")

    def join_boundaries(self) -> None:
        """Give each boundary event to its task, with the flow that leaves it."""
        for host, event in self.boundaries:
            flow = next((each for each in self.flows.values() if each.source == event.id), None)
            if flow is not None:
                del self.flows[flow.id]
                flow = replace(flow, target=self.entries.get(flow.target, flow.target))
            if host not in self.nodes or flow is None:
                self.remarks.append(
                    f"{self.path}:{event.line}: boundaryEvent '{event.name or event.id}' is at a sub-process"
                    " or leads nowhere; it is left out"
                )
                continue
            node = self.nodes[host]
            self.nodes[host] = replace(node, boundaries=(*node.boundaries, replace(event, flow=flow)))

    def graph(self, name: str) -> ProcessGraph:
        """Return the graph, after looking whether it hangs together."""
        flows = tuple(
            replace(
                flow,
                source=self.exits.get(flow.source, flow.source),
                target=self.entries.get(flow.target, flow.target),
            )
            for flow in self.flows.values()
        )
        lost = [flow for flow in flows if flow.source not in self.nodes or flow.target not in self.nodes]
        for flow in lost:
            self.remarks.append(
                f"{self.path}: the flow '{flow.name or flow.id}' leads nowhere; it is left out"
            )
        for node in list(self.nodes.values()):
            sound = [each for each in node.boundaries if each.flow and each.flow.target in self.nodes]
            self.nodes[node.id] = replace(node, boundaries=tuple(sound))
        for element, number in self.unknown.items():
            self.remarks.append(f"{self.path}: {number} elements <{element}> are not known and left out")
        graph = ProcessGraph(
            name, dict(self.nodes), tuple(flow for flow in flows if flow not in lost), tuple(self.remarks)
        )
        self._check(graph)
        return graph

    def _check(self, graph: ProcessGraph) -> None:
        starts = [node for node in graph.nodes.values() if node.kind is NodeKind.START]
        starts = starts or [node for node in graph.nodes.values() if not graph.incoming[node.id]]
        if not starts:
            raise refused(self.path, f"the process '{graph.name}' has no start event", "draw one")
        ends = [n for n in graph.nodes.values() if not graph.next_of(n.id)]
        if not ends:
            raise refused(self.path, f"the process '{graph.name}' never ends", "draw an end event")
