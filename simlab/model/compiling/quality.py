"""Compiling the quality of work: defects, audits that catch some of them, and those that escape."""

from __future__ import annotations

from dataclasses import dataclass

from simlab.model.codes import StepKind, VisitCause
from simlab.model.compiling.context import Path
from simlab.model.compiling.distributions import distribution_id
from simlab.model.compiling.graph import Draft, Flaw, Graph
from simlab.model.compiling.rules import Row, share_of
from simlab.scenario.schema.routing import Audit, Quality


@dataclass
class QualityCompiler:
    """Puts a check behind the work of a step.

    Of the share of defective work, audits catch the product of their share and their detection: with defects
    p, audits q and detection d the share p (1 - q d) escapes.
    """

    graph: Graph

    def fill(self, name: str, quality: Quality, path: Path) -> None:
        """Lead the finished work of a step through its check, and then on by the step's own rules."""
        graph = self.graph
        onward = graph.draft(name).next_rules
        graph.draft(name).is_checked = True
        back = graph.entries[name]
        redo = back if quality.redo is None else graph.goal(quality.redo, (*path, "redo"))
        to = (
            back
            if quality.comes_back.to is None
            else graph.goal(quality.comes_back.to, (*path, "comes_back", "to"))
        )
        flaw = graph.flaw(
            Flaw(f"defect of {name}", quality.comes_back.after, (*path, "comes_back", "after"), to)
        )
        escaped = self._decision(name, f"{name}~escaped", onward, ends_check=True)
        graph.drafts[escaped].flaw = flaw
        sound = self._decision(name, f"{name}~sound", onward, ends_check=True)
        flawed = escaped
        if quality.audit is not None:
            audit, where = quality.audit, (*path, "audit")
            again = self._decision(name, f"{name}~caught", graph.rules.block([Row(redo)]), ends_check=True)
            caught = graph.rules.block([Row(again, share=audit.detects), Row(escaped)])
            flawed = self._audited(name, "flawed", audit, where, caught, escaped)
            passed = graph.rules.block([Row(sound)])
            sound = self._audited(name, "sound", audit, where, passed, sound)
        defective = share_of(Row(flawed), quality.defects)
        finished = self._decision(name, f"{name}~finished", graph.rules.block([defective, Row(sound)]))
        graph.draft(name).next_rules = graph.rules.block([Row(finished)])

    def _audited(self, name: str, which: str, audit: Audit, path: Path, found: int, otherwise: int) -> int:
        """Add the audit of a share of the sound or the flawed work; return the decision in front of it."""
        graph = self.graph
        visit = Draft(StepKind.WORK, graph.code(name), cause=VisitCause.AUDIT, next_rules=found)
        visit.team = graph.context.code("team", audit.team, (*path, "team"))
        visit.timing = distribution_id(graph.context, audit.work, (*path, "work"))
        looked_at = graph.add(f"{name}~audit of {which}", visit)
        rows = [Row(looked_at, share=audit.share), Row(otherwise)]
        return self._decision(name, f"{name}~audit {which}?", graph.rules.block(rows))

    def _decision(self, name: str, added: str, rules: int, ends_check: bool = False) -> int:
        draft = Draft(StepKind.ROUTE, self.graph.code(name), next_rules=rules, ends_check=ends_check)
        return self.graph.add(added, draft)
