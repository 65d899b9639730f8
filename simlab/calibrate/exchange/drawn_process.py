"""The process of a scenario as BPMN elements and flows: what is drawn, not yet where."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from simlab.errors import UsageError
from simlab.units import parse_duration

ENDS: Final = ("resolved", "cancelled", "abandoned")
JOIN: Final = "join"
_TOLD: Final = (
    *("extra", "divert", "misroute", "quality", "batch", "spawns", "fault"),
    *("calendar", "until", "since", "pauses", "resolved", "reopened", "difficulty_power"),
)
"""Keys of a step that have no shape of their own; they are told in its documentation."""


_LONGEST_NAME: Final = 40


@dataclass(slots=True)
class Shape:
    """A task, event or gateway."""

    id: str
    element: str
    """Name of its BPMN element."""
    name: str
    lane: str = ""
    timer: str = ""
    """ISO 8601 duration of a timer event."""
    documentation: str = ""
    host: str = ""
    """Task at whose edge an event sits."""


@dataclass(frozen=True, slots=True)
class Arrow:
    """A sequence flow."""

    id: str
    source: str
    target: str
    name: str = ""


@dataclass(slots=True)
class Drawn:
    """A process to be drawn."""

    name: str
    shapes: dict[str, Shape] = field(default_factory=dict)
    arrows: list[Arrow] = field(default_factory=list)

    def lanes(self) -> list[str]:
        """Return the lanes in order of their first shape."""
        return list(dict.fromkeys(shape.lane for shape in self.shapes.values() if shape.lane))


def drawn_process(resolved: Mapping[str, Any]) -> Drawn:
    """Return what is to be drawn of a scenario.

    Parameters
    ----------
    resolved
        The scenario as plain values, as :attr:`simlab.model.load.LoadedScenario.resolved` holds it.
    """
    return _Drawer(resolved).drawn()


@dataclass(slots=True)
class _Drawer:
    resolved: Mapping[str, Any]
    process: Drawn = field(init=False)
    entry: dict[str, str] = field(default_factory=dict)
    """Shape at which a step is entered."""
    joins: dict[str, str] = field(default_factory=dict)
    """Gateway at which the branches of a parallel step join."""
    fork_of: dict[str, str] = field(default_factory=dict)
    steps: dict[str, Any] = field(default_factory=dict)

    def drawn(self) -> Drawn:
        """Return the process."""
        routing = self.resolved["routing"]
        self.process = Drawn(str(self.resolved.get("name") or "process"))
        self.steps = dict(routing["steps"])
        self._find_branches()
        start = self._add("startEvent", "")
        for name in self._used_steps(routing["start"]):
            self._enter(name)
        for name, step in self.steps.items():
            if "parallel" in step:
                self.joins[name] = self._add("parallelGateway", "")
        self._leave(start, routing["start"], "")
        for stream, about in (self.resolved.get("demand") or {}).items():
            if about.get("start"):
                self._leave(self._add("startEvent", stream), about["start"], "")
        for name in list(self.entry):
            self._add_step(name)
        self._spread_lanes()
        self._merge_flows()
        return self.process

    def _merge_flows(self) -> None:
        """Draw rules of a gateway that lead to the same shape as one flow; the gateway documents them."""
        choices = {key for key, shape in self.process.shapes.items() if shape.element == "exclusiveGateway"}
        together: dict[tuple[str, str], list[Arrow]] = {}
        for arrow in self.process.arrows:
            pair = (arrow.source, arrow.target if arrow.source in choices else arrow.id)
            together.setdefault(pair, []).append(arrow)
        self.process.arrows = [arrows[0] for arrows in together.values()]
        for place, arrows in enumerate(together.values()):
            if len(arrows) > 1:
                self.process.arrows[place] = replace(arrows[0], name=self._documented(arrows))

    def _documented(self, arrows: Sequence[Arrow]) -> str:
        """Return a name for flows that are drawn as one; all of them stand in the text of their gateway."""
        rules = [arrow.name or "all others" for arrow in arrows]
        gateway, target = (self.process.shapes[key] for key in (arrows[0].source, arrows[0].target))
        told = f"to {target.name or 'the next gateway'}: {'; or '.join(rules)}"
        gateway.documentation = "\n".join(text for text in (gateway.documentation, told) if text)
        joined = "; or ".join(rules)
        return joined if len(joined) <= _LONGEST_NAME else f"{len(rules)} rules"

    def _used_steps(self, start: object) -> Iterator[str]:
        """Yield the written steps and those ends that anything leads to."""
        targets = set(_targets(start))
        for step in self.steps.values():
            for key in ("next", "decide"):
                targets |= set(_targets(step.get(key)))
            targets |= {rule["to"] for rule in step.get("escalate", ()) if rule.get("to")}
            if step.get("patience"):
                targets.add(step["patience"].get("to", "abandoned"))
        yield from self.steps
        yield from (end for end in ENDS if end in targets and end not in self.steps)

    def _find_branches(self) -> None:
        insides: dict[str, set[str]] = {}
        for name, step in self.steps.items():
            if "parallel" in step:
                insides[name] = self._reached(step["parallel"]["branches"])
        for name in sorted(insides, key=lambda each: -len(insides[each])):
            self.fork_of.update(dict.fromkeys(insides[name], name))

    def _reached(self, begins: Iterable[str]) -> set[str]:
        seen: set[str] = set()
        todo = list(begins)
        while todo:
            name = todo.pop()
            if name not in seen and name in self.steps:
                seen.add(name)
                step = self.steps[name]
                todo += [*_targets(step.get("next")), *_targets(step.get("decide"))]
                todo += step.get("parallel", {}).get("branches", ())
        return seen

    def _add(self, element: str, name: str, lane: str = "", **more: str) -> str:
        shape = Shape(f"{element}_{len(self.process.shapes)}", element, name, lane, **more)
        self.process.shapes[shape.id] = shape
        return shape.id

    def _connect(self, source: str, target: str, name: str = "") -> None:
        self.process.arrows.append(Arrow(f"Flow_{len(self.process.arrows)}", source, target, name))

    def _redirect(self, former: str, target: str) -> None:
        """Let all arrows to one shape lead to another."""
        self.process.arrows = [
            replace(arrow, target=target) if arrow.target == former else arrow
            for arrow in self.process.arrows
        ]

    def _enter(self, name: str) -> None:
        """Add the shape at which a step is entered, with the automation in front of it."""
        step = self.steps.get(name, {"end": name})
        about = " ".join(str(step.get("about") or "").split())
        told = [about, *(f"{key}: {_words(step[key])}" for key in _TOLD if step.get(key))]
        documentation = "; ".join(text for text in told if text)
        if "work" in step:
            element, timer = "userTask", ""
            documentation = "; ".join(filter(None, (documentation, f"work: {_words(step['work'])}")))
        elif "wait" in step:
            element, timer = "intermediateCatchEvent", _iso(step["wait"])
            documentation = "; ".join(filter(None, (documentation, f"wait: {_words(step['wait'])}")))
        elif "parallel" in step:
            element, timer = "parallelGateway", ""
        elif "triage" in step:
            element, timer = "serviceTask", ""
            documentation = "; ".join(filter(None, (documentation, f"triage: {_words(step['triage'])}")))
        elif "end" in step:
            element, timer = "endEvent", ""
        else:
            element, timer = "exclusiveGateway", ""
        lane = str(step.get("team") or "")
        self.entry[name] = self._add(element, name, lane, timer=timer, documentation=documentation)

    def _add_step(self, name: str) -> None:
        """Draw what leads away from a step, and what stands in front of it."""
        step, own = self.steps.get(name, {"end": name}), self.entry[name]
        if "parallel" in step:
            self._add_branches(name, step, own)
        elif "triage" in step:
            self._leave(own, _triage_targets(step["triage"]), name)
        elif "decide" in step:
            self._leave(own, step["decide"], name, is_gateway=True)
        elif "end" in step:
            if step.get("reopen"):
                self._add_reopening(step["reopen"], own, name)
            return
        else:
            after = self._add_automations(name, own)
            self._leave(after, step["next"], name)
            self._add_timers(name, step, own)

    def _add_branches(self, name: str, step: Mapping[str, Any], own: str) -> None:
        for branch in step["parallel"]["branches"]:
            self._connect(own, self.entry[branch])
        self._leave(self.joins[name], step["next"], name)

    def _add_automations(self, name: str, own: str) -> str:
        """Put automations of a step in front of it; returns where tickets go on after it."""
        after = own
        for bot, about in (self.resolved.get("automation") or {}).items():
            if about["at"] != name:
                continue
            asked = self._add("exclusiveGateway", f"{bot}?")
            task = self._add("serviceTask", bot, documentation=_words(about.get("levels") or {}))
            done = self._add("exclusiveGateway", "done?")
            merged = self._add("exclusiveGateway", "")
            self._redirect(self.entry[name], asked)
            self._connect(asked, task, "covered")
            self._connect(asked, self.entry[name], "not covered")
            self._connect(task, done)
            self._connect(done, merged, "success")
            self._connect(done, own, "failed")
            self._connect(after, merged)
            self.entry[name], after = asked, merged
        return after

    def _add_timers(self, name: str, step: Mapping[str, Any], own: str) -> None:
        """Draw what takes a ticket out of the queue as timers at the edge of the task."""
        patience = step.get("patience")
        leaving = [rule for rule in step.get("escalate", ()) if rule.get("to")]
        if patience:
            leaving.append({"after": patience["time"], "to": patience.get("to", "abandoned")})
        lane = self.process.shapes[own].lane
        for rule in leaving:
            said = f"not begun after {_words(rule['after'])}"
            event = self._add("boundaryEvent", said, lane, timer=_iso(rule["after"]), host=own)
            self._connect(event, self._place(rule["to"], name))

    def _add_reopening(self, reopen: Mapping[str, Any], own: str, name: str) -> None:
        asked = self._add("exclusiveGateway", "comes back?")
        self._redirect(own, asked)
        self.entry[name] = asked
        self._connect(asked, self.entry[reopen["to"]], _share_words(reopen.get("share")))
        self._connect(asked, own)

    def _leave(self, source: str, after: object, name: str, is_gateway: bool = False) -> None:
        """Connect a shape with what comes next; a gateway is put between where there is a choice."""
        rules = list(_rules(after))
        if len(rules) > 1 and not is_gateway:
            gateway = self._add("exclusiveGateway", "")
            self._connect(source, gateway)
            source = gateway
        for target, said in rules:
            self._connect(source, self._place(target, name), said if len(rules) > 1 else "")

    def _place(self, target: str, name: str) -> str:
        if target != JOIN:
            return self.entry[target]
        fork = self.fork_of.get(name)
        if fork is None or fork not in self.joins:
            raise UsageError(f"the step '{name}' joins outside of parallel branches")
        return self.joins[fork]

    def _spread_lanes(self) -> None:
        """Give shapes without a team the lane of a neighbour: the one before them, else the one after."""
        shapes, arrows = self.process.shapes, self.process.arrows
        for forward in (True, False):
            changed = True
            while changed:
                changed = False
                for arrow in arrows:
                    given, taker = (arrow.source, arrow.target) if forward else (arrow.target, arrow.source)
                    if shapes[given].lane and not shapes[taker].lane:
                        shapes[taker].lane, changed = shapes[given].lane, True
        for shape in shapes.values():
            shape.lane = shape.lane or "process"


def _targets(after: object) -> Iterator[str]:
    yield from (target for target, _ in _rules(after))


def _rules(after: object) -> Iterator[tuple[str, str]]:
    """Yield targets, and in words who goes there."""
    if isinstance(after, str):
        yield after, ""
    elif isinstance(after, Mapping):
        yield from ((target, _share_words(share)) for target, share in after.items())
    elif isinstance(after, list | tuple):
        for rule in after:
            words = [
                _words(rule["when"]) if rule.get("when") else "",
                f"unless {_words(rule['unless'])}" if rule.get("unless") else "",
                _share_words(rule.get("share")),
            ]
            yield rule["to"], "; ".join(word for word in words if word)


def _triage_targets(triage: Mapping[str, Any]) -> dict[str, str]:
    targets = dict.fromkeys((to for row in triage["matrix"].values() for to in row), "")
    return {**targets, **({triage["otherwise"]: ""} if triage.get("otherwise") else {})}


def _share_words(share: object) -> str:
    return "" if share is None else _words(share)


def _words(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_words(child)}" for key, child in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(_words, value))
    return str(value)


def _iso(wait: object) -> str:
    """Return the time of a wait, or its mean, as an ISO 8601 duration; empty where none is written."""
    text: object = wait
    while isinstance(text, Mapping):
        facts = [text[key] for key in ("mean", "median", "fixed") if key in text]
        text = facts[0] if facts else next(iter(text.values()))
    try:
        minutes = parse_duration(text)
    except ValueError:
        return ""
    seconds = round(minutes * 60.0, 3)
    return f"PT{seconds:g}S" if seconds % 60 else f"PT{seconds / 60.0:.0f}M"
