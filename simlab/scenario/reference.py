"""The reference page of the scenario language, made of the schema and its docstrings."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from simlab.scenario.export_schema import json_schema

INTRODUCTION: Final = """# Scenario files

<!-- Made by `python -m simlab.scenario.reference` of the docstrings in `simlab/scenario/schema`. -->

A scenario is a YAML file (YAML 1.2, UTF-8). Each section below is one block of it. Of a block, only what is
needed must be written. `extends: base.yaml` at the top merges other files in first: maps merge, lists and
single values replace, `null` removes.
"""

EXAMPLES: Final[Mapping[str, str]] = {
    "Time": "{zone: Europe/Berlin, start: 2026-01-05, warm_up: 4 weeks, length: 26 weeks}",
    "Calendar": '{hours: {mon-fri: "08:00-12:00, 13:00-17:00"}, holidays: DE-BY, closed: [2026-12-24]}',
    "Priorities": "{order: [P1, P2], matrix: {high: {high: P1, low: P2}, low: {high: P2, low: P2}}}",
    "Stream": "{kind: incident, arrivals: {rate: 1900/week}, priority: {P1: 5 %, P3: 95 %}}",
    "Arrivals": '{hourly: {mon-fri: {"08:00-18:00": 20/hour}}, day_cv: 0.12, growth: 5 %/year}',
    "Peak": "{from: 2026-03-02, to: 2026-03-06, factor: 1.8}",
    "Trace": "{file: tickets.csv, at: created, class: category, priority: priority}",
    "Population": "{size: 40, away: {exponential: 6 h}}",
    "TicketClass": "{share: 22 %, priority: {P3: 20 %, P4: 80 %}, difficulty: 1.2}",
    "Team": "{people: 6, calendar: office, cost: 42 EUR/hour, absence: 8 %, at_shift_end: finish}",
    "Shift": '{people: 8, hours: {mon-fri: "07:00-15:30"}, breaks: [{at: "12:00", length: 30 min}]}',
    "Person": "{speed: 1.2, cost: 48 EUR/hour, skills: {voice: 1, mail: 0.8}}",
    "Beside": "{tickets: 3, speed: {2: 80 %, 3: 65 %}}",
    "SkillRule": "{skill: network, when: {class: network}}",
    "Swarm": "{people: 2, with: {network: 1, database: 1}, hold: true}",
    "Break": '{at: "12:00", length: 30 min, spread: 2 h}',
    "Routing": "{start: fix, steps: {fix: {team: desk, work: 8 min, next: resolved}}}",
    "Step": "{team: desk, work: {exponential: 8 min}, next: {resolved: 82 %, escalate: 18 %}}",
    "Rule": "{when: {class: network}, to: second_level, share: 40 %}",
    "Condition": '{class: [network, server], hops: ">= 2", open: office}',
    "Queue": '{team: desk, length: ">= 10"}',
    "VaryingShare": "{by_hops: [46 %, 53 %, 66 %]}",
    "TimingRule": "{when: {priority: P1}, time: 5 min}",
    "Misroute": "{share: 6 %, to: second_level, look: 4 min}",
    "Patience": "{time: {exponential: 4 min}, to: abandoned}",
    "Escalation": "{after: 30 min, raise_to: P1}",
    "Parallel": "{branches: [check_network, check_server], join: any, others: stop}",
    "Batch": "{size: 10, longest_wait: 1 day}",
    "Spawn": "{stream: incidents, share: 4 %, after: {exponential: 2 days}}",
    "Faults": "{stream: incidents, count: 40, rates: {zipf: 1.1}, problems: {stream: problems, after: 5}}",
    "FaultRates": "{zipf: 1.1}",
    "Problems": "{stream: problems, after: 5, within: 4 weeks}",
    "ProblemReview": "{every: 4 weeks, worst: 3, at_least: 5}",
    "FaultWork": "{workaround: 70 %, fixed: 20 %}",
    "Feedback": '{score: {at_best: 4.8, per_hour: 0.02, per_reopen: 1}, satisfied: ">= 4"}',
    "Score": "{at_best: 4.8, per_hour: 0.02, per_hop: 0.3, per_reopen: 1, late_resolution: 0.8, spread: 0.5}",
    "Survey": "{response: 20 %, after: {exponential: 1 day}}",
    "Answers": '{when: {score: "<= 2"}, share: 40 %}',
    "Repeat": '{when: {score: "<= 2.5"}, share: 30 %, after: {exponential: 2 days}}',
    "ImprovementTickets": '{stream: improvements, low: "<= 2", after: 25}',
    "ImprovementReview": "{every: 4 weeks, at_least: 5}",
    "Limit": "{at_most: 12, steps: [analyse, repair]}",
    "Quality": "{defects: 6 %, audit: {share: 20 %, team: qa, work: 5 min}, comes_back: {after: 2 days}}",
    "Audit": "{share: 20 %, team: quality, work: 5 min, detects: 80 %}",
    "ComesBack": "{after: {exponential: 2 days}, to: fix}",
    "Handoff": "{from: desk, delay: 20 min, reread: 4 min, loss: {share: 15 %, redo: 10 min}}",
    "Loss": "{share: 15 %, redo: {exponential: 10 min}}",
    "Triage": "{time: 1 min, matrix: {network: {second_level: 90 %, fix: 10 %}}, otherwise: fix}",
    "Reopen": "{share: 4 %, after: {exponential: 2 days}, to: fix, at_most: 3}",
    "Automation": "{at: fix, level: assisted, levels: {none: {}, assisted: {coverage: 35 %, success: 80 %}}}",
    "Level": "{coverage: 35 %, success: 80 %, run_time: 2 min}",
    "FallBack": "{extra: 2 min}",
    "FailedAttempt": "{harder: 1.2, channel: phone}",
    "AutomationCost": "{one_off: 30000 EUR, monthly: 900 EUR, per_run: 0.10 EUR}",
    "Lever": "{level: 0.3, effects: {routing.steps.*.work.cv: -40 %}, cost: {monthly: 800 EUR}}",
    "Backlog": "{file: open.csv, stream: mail, columns: {created: opened}, values: {step: {New: fix}}}",
    "BacklogColumns": "{created: opened_at, step: state, class: category, responded: first_reply}",
    "ControlRule": "{watch: {queue: desk}, every: 30 min, start: {at_least: 20}, stop: {at_most: 5}}",
    "Watch": "{oldest: [desk, network]}",
    "AtRisk": "{within: 2 h, target: resolve}",
    "Start": "{at_least: 20, lag: 30 min}",
    "Stop": "{at_most: 5, lag: 10 min}",
    "Borrow": "{from: network, to: desk, people: 2}",
    "CallIn": "{team: desk, people: 2, cost: 60 EUR/hour, call_out: 80 EUR}",
    "Overflow": "{at: fix, to: partner}",
    "LeverImprovement": "{at: implement, by: 0.1, up_to: 0.9, after: 2 weeks, decay: 26 weeks}",
    "Learning": "{rate: 80 %, unit: 1 week}",
    "Milestone": "{at: 2026-04-01, label: Bot goes live, set: {automation.reset_bot.level: full}}",
    "LeverCost": "{one_off: 8000 EUR, monthly: 800 EUR}",
    "Adjustment": "{mean: 0.8, cv: 0.6}",
    "Target": "{respond: 15 min, resolve: 4 h, penalty: 50 EUR}",
    "ConditionalTarget": "{when: {class: network}, resolve: 3 working days, calendar: office}",
    "Costs": "{user_waiting: {P1: 90 EUR/hour}, monthly: {licences: 400 EUR}}",
    "Evidence": "{kind: measured, source: ticket system}",
    "Patch": "{label: Two more people, set: {staffing.desk.people: 8}}",
    "TimeDistribution": "{lognormal: {mean: 8 min, p90: 16 min}, at_most: 2 h}",
    "TimeComponent": "{share: 70 %, exponential: 5 min}",
    "TimeExponential": "{mean: 8 min}",
    "TimeLogNormal": "{mean: 8 min, cv: 0.9}",
    "TimeGamma": "{mean: 8 min, cv: 0.5}",
    "TimeWeibull": "{median: 8 min, p90: 30 min}",
    "TimeUniform": "{min: 5 min, max: 10 min}",
    "TimeTriangular": "{min: 5 min, mode: 8 min, max: 20 min}",
    "TimePert": "{min: 5 min, mode: 8 min, max: 20 min}",
    "TimeErlang": "{k: 3, mean: 9 min}",
    "TimeHyperexponential": "{mean: 8 min, cv: 2}",
    "TimePhase": "{share: 30 %, mean: 40 min}",
    "TimeEmpirical": "{file: times.csv, column: minutes, unit: min}",
}
"""A short example of each block."""

Json = dict[str, Any]


def page() -> str:
    """Return the reference page as Markdown."""
    schema = json_schema()
    blocks = {"Scenario": schema, **{name: _block(block) for name, block in schema["$defs"].items()}}
    sections = [INTRODUCTION]
    for name in _order(blocks, "Scenario"):
        if not name.startswith("Number"):
            sections.append(section(name, blocks[name], EXAMPLES.get(name)))
    sections.append(
        "## NumberDistribution\n\nDifficulties and batch sizes are plain numbers. They have the same "
        "families as [times](#timedistribution), written with numbers: `{lognormal: {mean: 1, cv: 0.4}}`.\n"
    )
    return "\n".join(sections)


def _block(definition: Json) -> Json:
    """Return the map that a definition describes, where a plain value may stand in its place too."""
    options = [definition, *definition.get("anyOf", ())]
    found: Json = next(option for option in options if "properties" in option)
    return found


def _order(blocks: Mapping[str, Json], first: str) -> Iterator[str]:
    """Names of blocks as they are met from the top of a scenario."""
    seen: dict[str, None] = {}
    waiting = [first]
    while waiting:
        name = waiting.pop(0)
        if name not in seen:
            seen[name] = None
            waiting += [ref for ref in _references(blocks[name]["properties"]) if ref in blocks]
    yield from seen


def _references(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"].rsplit("/", 1)[1]
        for item in value.values():
            yield from _references(item)
    elif isinstance(value, list):
        for item in value:
            yield from _references(item)


def section(name: str, block: Json, example: str | None = None) -> str:
    """Return the section about a block: what it is, an example, its keys."""
    lines = [f"## {name}", "", block["description"], ""]
    if example:
        lines += ["```yaml", example, "```", ""]
    lines += ["| key | written as | default | meaning |", "|---|---|---|---|"]
    for key, value in block["properties"].items():
        cells = (f"`{key}`", _kind(value), _default(value), value.get("description", ""))
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def _default(value: Json) -> str:
    return f"`{json.dumps(value['default'])}`" if "default" in value else ""


def _kind(value: Json) -> str:
    """Say what a value looks like: its example, the block it is, or its shape."""
    if isinstance(value.get("$ref"), str):
        name = value["$ref"].rsplit("/", 1)[1]
        return f"[{name}](#{name.lower()})"
    if str(value.get("description", "")).startswith("A name:"):
        return "name"
    if "examples" in value:
        return f"`{value['examples'][0]}`"
    for union in ("anyOf", "oneOf", "allOf"):
        if union in value:
            return " or ".join(dict.fromkeys(_kind(option) for option in value[union]))
    if "enum" in value:
        return ", ".join(f"`{word}`" for word in value["enum"])
    if "const" in value:
        return f"`{value['const']}`"
    match value.get("type"):
        case "array":
            return f"list of {_kind(value.get('items') or (value.get('prefixItems') or [{}])[0])}"
        case "object":
            inner = value.get("additionalProperties") or next(
                iter(value.get("patternProperties", {}).values()), None
            )
            return f"map of {_kind(inner)}" if isinstance(inner, dict) else "map"
        case "integer":
            return "whole number"
        case "boolean":
            return "`true` or `false`"
        case "number":
            return "number"
        case _:
            return "text"


if __name__ == "__main__":
    print(page(), end="")
