"""A process graph as a scenario: steps, teams, choices, and numbers to fill in where the model has none."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from simlab.calibrate.exchange.parameters import NO_PARAMETERS, Parameters
from simlab.calibrate.exchange.process_graph import Flow, Node, NodeKind, ProcessGraph
from simlab.calibrate.exchange.yaml_text import Keys
from simlab.scenario.quantities import LONGEST_NAME
from simlab.units import format_duration, parse_duration

Next: TypeAlias = str | list[dict[str, Any]]
"""A step, or rules in order."""
_SHARE: Final = re.compile(r"\d{1,2}(\.\d+)? ?%")
JOIN: Final = "join"
RESOLVED: Final = "resolved"
CANCELLED: Final = "cancelled"
ABANDONED: Final = "abandoned"
_TAKEN: Final = (JOIN, RESOLVED, CANCELLED, ABANDONED)
FILL_IN: Final = "FILL IN"
_WORK: Final = {"lognormal": {"mean": "15 min", "cv": 1}}
_WAIT: Final = {"lognormal": {"mean": "1 day", "cv": 1}}
_AUTOMATIC: Final = "1 min"
_TIMER: Final = "1 h"
_RATE: Final = "20/day"
_PEOPLE: Final = 3
_RARE: Final = "5 %"
_SOME: Final = "50 %"
_OFFICE_HOURS: Final = "office hours"
_OFFICE: Final = {"hours": {"mon-fri": "08:00-17:00"}}


@dataclass(frozen=True, slots=True)
class Skeleton:
    """A scenario made of a process model."""

    values: dict[str, Any]
    comments: dict[Keys, str]
    """What to fill in, and what the model says, beside the values."""
    remarks: tuple[str, ...]

    @property
    def n_to_fill_in(self) -> int:
        """How many values are assumed, since the model does not tell them."""
        return sum(comment.startswith(FILL_IN) for comment in self.comments.values())


def scenario_of(graph: ProcessGraph, parameters: Parameters = NO_PARAMETERS) -> Skeleton:
    """Return the scenario of a process; it validates as it is, with made-up numbers marked to be filled in.

    Parameters
    ----------
    graph
        The process.
    parameters
        What is known beside the model: durations, shares, teams, arrivals, by the ids of the model.
    """
    return _Maker(graph, parameters).made()


@dataclass(slots=True)
class _Maker:
    graph: ProcessGraph
    parameters: Parameters
    names: dict[str, str] = field(default_factory=dict)
    """Name of the step that a node becomes."""
    joins: dict[str, str | None] = field(default_factory=dict)
    """Gateway at which each fork ends."""
    fork_of: dict[str, str] = field(default_factory=dict)
    """Innermost fork in whose branches a node lies."""
    steps: dict[str, Any] = field(default_factory=dict)
    comments: dict[Keys, str] = field(default_factory=dict)
    evidence: dict[str, Any] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)

    def made(self) -> Skeleton:
        """Return the scenario."""
        self._find_forks()
        self._name_nodes()
        for node in self.graph.nodes.values():
            if node.id in self.names:
                self._add(node)
        starts = [node.id for node in self.graph.nodes.values() if node.kind is NodeKind.START]
        starts = starts or [key for key in self.graph.nodes if not self.graph.incoming[key]]
        start = self._start(starts)
        staffing = self._staffing()
        values: dict[str, Any] = {
            "name": self.graph.name[:200] or "Imported process",
            "description": "Made from a process model; numbers marked FILL IN are not from it.",
            "time": {"zone": "UTC", "start": "2026-01-05", "warm_up": "2 weeks", "length": "14 weeks"},
            "calendars": {**self._calendars(staffing), **self.parameters.calendars},
            "demand": {"tickets": {"arrivals": self._arrivals()}},
            "staffing": staffing,
            "routing": {"start": start, "steps": self.steps},
            "evidence": self.evidence,
        }
        kept = {key: value for key, value in values.items() if value not in ({}, None)}
        remarks = (*self.graph.remarks, *self.parameters.remarks, *self.remarks)
        return Skeleton(kept, self.comments, remarks)

    def _find_forks(self) -> None:
        forks = [
            node.id
            for node in self.graph.nodes.values()
            if node.kind in (NodeKind.FORK, NodeKind.SOME) and len(self.graph.outgoing[node.id]) > 1
        ]
        insides = {}
        for fork in forks:
            self.joins[fork] = self.graph.join_of(fork)
            insides[fork] = self.graph.between(fork, self.joins[fork])
            self._tell_join(self.graph.nodes[fork], self.joins[fork])
        for fork in sorted(forks, key=lambda each: -len(insides[each])):
            self.fork_of.update(dict.fromkeys(insides[fork], fork))

    def _tell_join(self, fork: Node, join: str | None) -> None:
        if join is None:
            self._tell(fork, "has branches that never come together; they join at their ends")
        elif self.graph.nodes[join].kind is not fork.kind:
            where = self.graph.nodes[join].name or join
            self._tell(
                fork, f"has no gateway of its kind to join at; its branches join in front of '{where}'"
            )

    def _name_nodes(self) -> None:
        taken = {*_TAKEN}
        for node in self.graph.nodes.values():
            if self._is_step(node):
                self.names[node.id] = name = free_name(clean_name(node.name) or _called(node), taken)
                taken.add(name)

    def _is_step(self, node: Node) -> bool:
        if node.kind in (NodeKind.WORK, NodeKind.AUTOMATIC, NodeKind.WAIT, NodeKind.TIMER):
            return True
        is_split = node.kind in (NodeKind.CHOICE, NodeKind.RACE, NodeKind.FORK, NodeKind.SOME)
        return is_split and len(self.graph.outgoing[node.id]) > 1

    def _add(self, node: Node) -> None:
        name = self.names[node.id]
        if node.kind in (NodeKind.FORK, NodeKind.SOME):
            self._add_fork(node, name)
        elif node.kind in (NodeKind.CHOICE, NodeKind.RACE):
            if node.kind is NodeKind.RACE:
                self._tell(node, "lets the first event decide; its shares are to be filled in")
            rules = self._shares(node, ("routing", "steps", name, "decide"))
            self.steps[name] = {"decide": rules}
        else:
            self._add_activity(node, name)

    def _add_activity(self, node: Node, name: str) -> None:
        at = ("routing", "steps", name)
        step: dict[str, Any] = {}
        if node.documentation or clean_name(node.name) != node.name:
            step["about"] = (node.documentation or node.name)[:500]
        known = self.parameters.times.get(node.id)
        if node.kind is NodeKind.WORK:
            step["team"] = self._team(node)
            step["work"] = known or _WORK
            self._assume((*at, "work"), known, "hands-on time of one person")
        elif node.kind is NodeKind.AUTOMATIC:
            step["wait"] = known or _AUTOMATIC
            self._assume((*at, "wait"), known, "run time of this automatic task")
        elif node.kind is NodeKind.TIMER:
            told = _duration(node.timer)
            step["wait"] = known or told or _TIMER
            if known or not told:
                self._assume((*at, "wait"), known, "time of this timer")
        else:
            step["wait"] = known or _WAIT
            self._assume((*at, "wait"), known, "how long this is waited for")
        exceptions = self._exceptions(node, step, (*at, "next"))
        onwards = self._shares(node, (*at, "next"), len(exceptions))
        rest = onwards if isinstance(onwards, list) else [{"to": onwards}]
        step["next"] = [*exceptions, *rest] if exceptions else onwards
        self.steps[name] = step

    def _exceptions(self, node: Node, step: dict[str, Any], at: Keys) -> list[dict[str, Any]]:
        """Return rules for errors and other events at the edge of a task; timers become escalations."""
        rules: list[dict[str, Any]] = []
        for event in node.boundaries:
            if event.flow is None:
                continue
            after, target = _duration(event.after), self._target(node.id, event.flow)
            if after is not None and node.kind is NodeKind.WORK:
                step.setdefault("escalate", []).append({"after": after, "to": target})
                self._tell(node, f"is left after {after}: here only as long as nobody has begun with it")
            else:
                said = f"share of '{event.name or event.id}'"
                self._assume((*at, len(rules), "share"), None, said, (*at, len(rules)))
                rules.append({"share": _RARE, "to": target})
        return rules

    def _add_fork(self, node: Node, name: str) -> None:
        join = self.joins[node.id]
        branches = []
        for number, flow in enumerate(self.graph.outgoing[node.id], start=1):
            target = self._target(node.id, flow, is_branch=True)
            if node.kind is NodeKind.SOME or target == JOIN:
                target = self._optional(node, flow, name, number, target)
            branches.append(target)
        after = self._after(join) if join is not None else RESOLVED
        self.steps[name] = {"parallel": {"branches": branches, "join": "all"}, "next": after}

    def _optional(self, node: Node, flow: Flow, name: str, number: int, target: str) -> str:
        """Return a step at which a branch is gone or left out."""
        step = free_name(
            clean_name(flow.name) or f"{name} branch {number}", {*_TAKEN, *self.names.values(), *self.steps}
        )
        if target == JOIN:
            self.steps[step] = {"decide": JOIN}
            return step
        share = self.parameters.share(flow.id)
        self.steps[step] = {"decide": [{"share": share or _SOME, "to": target}, {"to": JOIN}]}
        said = f"share that goes this way{_condition(flow)}"
        self._assume(("routing", "steps", step, "decide", 0, "share"), share, said)
        return step

    def _after(self, join: str) -> Next:
        """Return where a ticket goes after its branches have joined."""
        if join in self.names:
            return self.names[join]
        flows = self.graph.outgoing[join]
        return self._target(join, flows[0]) if flows else self._end(self.graph.nodes[join])

    def _shares(self, node: Node, at: Keys, offset: int = 0) -> Next:
        """Return where a ticket goes next: a step, or rules with shares."""
        flows = self.graph.outgoing[node.id]
        if not flows:
            return self._end(node)
        if len(flows) == 1:
            return self._target(node.id, flows[0])
        if node.kind in (NodeKind.WORK, NodeKind.AUTOMATIC, NodeKind.WAIT, NodeKind.TIMER):
            self._tell(
                node,
                "has several flows without a gateway, which means all of them; they are read as a choice",
            )
        return self._rules(node, flows, at, offset)

    def _rules(self, node: Node, flows: Iterable[Flow], at: Keys, offset: int) -> list[dict[str, Any]]:
        ordered = sorted(flows, key=lambda flow: flow.is_default)
        known = [self.parameters.share(flow.id) or _named_share(flow) for flow in ordered]
        is_known = all(share is not None for share in known[:-1])
        rules = []
        for number, (flow, share) in enumerate(zip(ordered, known, strict=True)):
            rule: dict[str, Any] = {"to": self._target(node.id, flow)}
            place = (*at, number + offset)
            about = f"{flow.name or 'this way'}{_condition(flow)}"
            if number < len(ordered) - 1:
                rule = {"share": share if is_known else f"{100.0 / len(ordered):.3g} %", **rule}
                if not _named_share(flow) or self.parameters.share(flow.id):
                    self._assume((*place, "share"), share if is_known else None, f"share of: {about}", place)
            elif flow.name or flow.condition:
                self.comments[place] = about
            rules.append(rule)
        return rules

    def _target(self, source: str, flow: Flow, is_branch: bool = False) -> str:
        """Return the step to which a flow leads, past gateways at which nothing is decided."""
        fork = source if is_branch else self.fork_of.get(source)
        key, seen = flow.target, set()
        while True:
            if fork is not None and key == self.joins[fork]:
                return JOIN
            if key in self.names:
                return self.names[key]
            node = self.graph.nodes[key]
            flows = self.graph.outgoing[key]
            if not flows or key in seen:
                return JOIN if fork is not None else self._end(node)
            seen.add(key)
            fork = self.fork_of.get(key, None if key in self.joins.values() else fork)
            key = flows[0].target

    def _end(self, node: Node) -> str:
        if node.id in self.fork_of:
            return JOIN
        if node.kind not in (NodeKind.END, NodeKind.CANCEL):
            self._tell(node, "leads nowhere; tickets are resolved there")
        named = node.name.lower().replace("canceled", CANCELLED)
        if named in (CANCELLED, ABANDONED):
            return named
        return CANCELLED if node.kind is NodeKind.CANCEL else RESOLVED

    def _start(self, starts: list[str]) -> Next:
        targets = [self._target(key, flow) for key in starts for flow in self.graph.outgoing[key][:1]]
        if not targets:
            targets = [self.names[key] for key in starts if key in self.names][:1] or [RESOLVED]
        if len(set(targets)) == 1:
            return targets[0]
        share = f"{100.0 / len(targets):.3g} %"
        for number in range(len(targets) - 1):
            at = ("routing", "start", number)
            self._assume((*at, "share"), None, "share of this start event", at)
        return [*({"share": share, "to": target} for target in targets[:-1]), {"to": targets[-1]}]

    def _team(self, node: Node) -> str:
        known = self.parameters.team_of.get(node.id)
        return known or clean_name(node.lane) or "team"

    def _staffing(self) -> dict[str, Any]:
        known = self.parameters.staffing
        used = dict.fromkeys(step["team"] for step in self.steps.values() if "team" in step)
        teams = [team for team in used if team not in known]
        for team in teams:
            self._assume(("staffing", team, "people"), None, "people, and their hours", ("staffing", team))
        return {**known, **{team: {"people": _PEOPLE, "calendar": _OFFICE_HOURS} for team in teams}}

    def _calendars(self, staffing: dict[str, Any]) -> dict[str, Any]:
        is_needed = any(team.get("calendar") == _OFFICE_HOURS for team in staffing.values())
        return {_OFFICE_HOURS: _OFFICE} if is_needed else {}

    def _arrivals(self) -> dict[str, Any]:
        at = ("demand", "tickets", "arrivals")
        if self.parameters.arrivals:
            return self.parameters.arrivals
        self._assume((*at, "rate"), None, "how many tickets come", at)
        return {"rate": _RATE}

    def _assume(self, path: Keys, known: object, what: str, beside: Keys | None = None) -> None:
        """Mark a value that the model does not tell; what parameters tell has its source."""
        key = ".".join(map(str, path))
        if known is None:
            self.comments[beside or path] = f"{FILL_IN}: {what}"
            self.evidence[key] = {"kind": "assumption", "source": f"to be filled in: {what}"[:200]}
        elif self.parameters.source and path[:2] != ("routing", "start"):
            self.evidence[key] = {"kind": "measured", "source": self.parameters.source}

    def _tell(self, node: Node, what: str) -> None:
        self.remarks.append(f"line {node.line}: {node.kind.value} '{node.name or node.id}' {what}")


def _duration(iso: str | None) -> str | None:
    """Return an ISO 8601 duration as the scenario language says it; None where it is none."""
    try:
        return None if iso is None else format_duration(parse_duration(iso))
    except ValueError:
        return None


def _named_share(flow: Flow) -> str | None:
    """Return the share that a flow has as its name, such as ``35 %``."""
    return flow.name if _SHARE.fullmatch(flow.name) else None


def _condition(flow: Flow) -> str:
    return f" ({flow.condition})" if flow.condition else ""


def _called(node: Node) -> str:
    return {
        NodeKind.CHOICE: "choice",
        NodeKind.RACE: "first event",
        NodeKind.FORK: "in parallel",
        NodeKind.SOME: "some of",
        NodeKind.TIMER: "timer",
        NodeKind.WAIT: "wait",
    }.get(node.kind, "task")


def clean_name(text: str) -> str:
    """Return a text as a name of the scenario language: letters, digits, ``_``, ``-`` and single spaces."""
    kept = "".join(c if c.isalnum() or c in "_-" else " " for c in text)
    return " ".join(kept.split())[: LONGEST_NAME - 4].strip()


def free_name(name: str, taken: Iterable[str]) -> str:
    """Return a name that is not taken yet."""
    used = set(taken)
    wanted, number = name, 2
    while name in used:
        name, number = f"{wanted} {number}", number + 1
    return name
