"""A process model as a graph of nodes and flows, whatever it was read from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum


class NodeKind(Enum):
    """What a node of a process model is."""

    START = "start event"
    END = "end event"
    CANCEL = "end event with an error or a cancellation"
    WORK = "task of people"
    AUTOMATIC = "task without people"
    WAIT = "wait for a message, a signal or a condition"
    TIMER = "timer"
    CHOICE = "exclusive gateway"
    RACE = "event-based gateway"
    FORK = "parallel gateway"
    SOME = "inclusive gateway"
    PASS = "nothing happens"


@dataclass(frozen=True, slots=True)
class Flow:
    """A sequence flow."""

    id: str
    source: str
    target: str
    name: str = ""
    condition: str = ""
    is_default: bool = False


@dataclass(frozen=True, slots=True)
class Boundary:
    """An event at the edge of a task, which leads elsewhere."""

    id: str
    name: str
    after: str | None
    """ISO 8601 duration of a timer; None: an error or another event."""
    flow: Flow | None
    line: int


@dataclass(frozen=True, slots=True)
class Node:
    """A task, an event or a gateway."""

    id: str
    kind: NodeKind
    name: str
    lane: str
    line: int
    timer: str | None = None
    """ISO 8601 duration, where the model has one."""
    boundaries: tuple[Boundary, ...] = ()
    documentation: str = ""


@dataclass(frozen=True, slots=True)
class ProcessGraph:
    """One process of a model, sub-processes put in place."""

    name: str
    nodes: Mapping[str, Node]
    flows: tuple[Flow, ...]
    remarks: tuple[str, ...]
    """What of the model is not in the graph, or not as it was."""
    outgoing: Mapping[str, tuple[Flow, ...]] = field(init=False)
    incoming: Mapping[str, tuple[Flow, ...]] = field(init=False)

    def __post_init__(self) -> None:
        out: defaultdict[str, list[Flow]] = defaultdict(list)
        into: defaultdict[str, list[Flow]] = defaultdict(list)
        for flow in self.flows:
            out[flow.source].append(flow)
            into[flow.target].append(flow)
        object.__setattr__(self, "outgoing", {key: tuple(out[key]) for key in self.nodes})
        object.__setattr__(self, "incoming", {key: tuple(into[key]) for key in self.nodes})

    def followers(self, node: str) -> set[str]:
        """Return all nodes that can be reached from a node, by boundary events too."""
        seen: set[str] = set()
        todo = [node]
        while todo:
            for target in self.next_of(todo.pop()):
                if target not in seen:
                    seen.add(target)
                    todo.append(target)
        return seen

    def next_of(self, node: str) -> list[str]:
        """Return the nodes that come right after one."""
        aside = [each.flow.target for each in self.nodes[node].boundaries if each.flow is not None]
        return [flow.target for flow in self.outgoing[node]] + aside

    def join_of(self, fork: str) -> str | None:
        """Return where the branches of a fork come together; None where they never do.

        That is a gateway of the kind of the fork; else the first node that all branches reach.
        """
        reached = [{flow.target} | self.followers(flow.target) for flow in self.outgoing[fork]]
        common = set.intersection(*reached) - {fork} if reached else set()
        candidates = [
            node
            for node in common
            if self.nodes[node].kind is self.nodes[fork].kind and len(self.incoming[node]) > 1
        ] or sorted(common)
        wanted = set(candidates)
        return next((node for node in candidates if wanted <= {node} | self.followers(node)), None)

    def between(self, fork: str, join: str | None) -> set[str]:
        """Return the nodes of the branches of a fork."""
        inside: set[str] = set()
        todo = [flow.target for flow in self.outgoing[fork]]
        while todo:
            node = todo.pop()
            if node not in inside and node not in (join, fork):
                inside.add(node)
                todo += self.next_of(node)
        return inside
