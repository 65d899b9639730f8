"""Parameters of Prosimos (JSON) in the words of the scenario language.

Sources: the repository of Prosimos
(``testing_scripts/assets``) and ``DurationDistribution.to_prosimos_distribution`` of pix-framework.
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from simlab.calibrate.exchange.bpmn_scenario import clean_name, free_name
from simlab.calibrate.exchange.parameters import Parameters
from simlab.calibrate.exchange.prosimos_hours import open_minutes, weekly_hours
from simlab.calibrate.exchange.prosimos_times import distribution, mean_seconds, mixture
from simlab.calibrate.reading.log_file import log_content, refused

LARGEST_MIB: Final = 64
_LISTS: Final = ("resource_profiles", "task_resource_distribution", "resource_calendars")
_KNOWN: Final = frozenset(
    (
        *_LISTS,
        *("arrival_time_distribution", "arrival_time_calendar", "gateway_branching_probabilities"),
        *("event_distribution", "model_type", "granule_size", "process_model"),
    )
)
_ALWAYS: Final = 7 * 1440

Json = Mapping[str, Any]


def read_prosimos(path: Path) -> Parameters:
    """Read a file of Prosimos parameters.

    Raises
    ------
    InvalidInput
        It is not such a file; the message names what is missing.
    """
    try:
        document = json.loads(log_content(path, LARGEST_MIB))
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", None)
        raise refused(path, "this is not JSON", "export the parameters again", line) from None
    if not isinstance(document, Mapping):
        raise refused(path, "Prosimos parameters are a JSON object", "export the parameters again")
    for key in _LISTS:
        found = document.get(key)
        if not isinstance(found, list) or not all(isinstance(each, Mapping) for each in found):
            remedy = "name a file of Prosimos parameters"
            raise refused(path, f"Prosimos parameters have a list '{key}' of objects", remedy)
    try:
        return _Reader(path, document).parameters()
    except (LookupError, TypeError, ValueError, AttributeError, OverflowError) as error:
        told = "a value is not of the kind that stands there"
        if isinstance(error, KeyError):
            told = f"the key {error} is missing"
        elif isinstance(error, ValueError):
            told = str(error)
        message = f"the parameters are not as Prosimos writes them: {told}"
        raise refused(path, message, "check the file") from None


@dataclass(slots=True)
class _Reader:
    path: Path
    document: Json
    remarks: list[str] = field(default_factory=list)

    def parameters(self) -> Parameters:
        """Return the parameters."""
        calendars = {each["id"]: self._calendar(each) for each in self.document["resource_calendars"]}
        names = self._calendar_names()
        staffing, team_of = self._teams(names)
        unknown = [key for key, value in self.document.items() if key not in _KNOWN and value]
        if unknown:
            self._tell(f"{', '.join(unknown)} are not known here and left out")
        return Parameters(
            source=f"{self.path.name} (Prosimos)",
            times={**self._task_times(), **self._event_times()},
            shares=self._shares(),
            team_of=team_of,
            staffing=staffing,
            calendars={names[key]: {"hours": hours} for key, hours in calendars.items() if hours},
            arrivals=self._arrivals(),
            remarks=tuple(self.remarks),
        )

    def _tell(self, what: str) -> None:
        self.remarks.append(f"{self.path}: {what}")

    def _calendar_names(self) -> dict[str, str]:
        names: dict[str, str] = {}
        for each in self.document["resource_calendars"]:
            wanted = clean_name(str(each.get("name") or each["id"])) or "calendar"
            names[each["id"]] = free_name(wanted, names.values())
        return names

    def _calendar(self, calendar: Json) -> dict[str, str]:
        if "time_periods" not in calendar:
            self._tell(f"the calendar '{calendar['id']}' has probabilities in place of hours; it is left out")
            return {}
        return weekly_hours(calendar["time_periods"])

    def _teams(self, calendars: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
        """Return teams of people who can do the same tasks, and the team that has each task.

        A task that people of several teams can do belongs to the team with the fewest other tasks; the others
        also serve it.
        """
        people = {str(each["id"]): each for each in self._resources()}
        profile = {str(r["id"]): p for p in self.document["resource_profiles"] for r in p["resource_list"]}
        tasks_of: defaultdict[str, set[str]] = defaultdict(set)
        for task in self.document["task_resource_distribution"]:
            for each in task["resources"]:
                tasks_of[str(each["resource_id"])].add(str(task["task_id"]))
        groups: defaultdict[frozenset[str], list[str]] = defaultdict(list)
        for person in people:
            groups[frozenset(tasks_of[person])].append(person)
        idle = groups.pop(frozenset(), [])
        if idle:
            self._tell(f"{len(idle)} resources have no task and are left out")
        names: dict[frozenset[str], str] = {}
        for tasks, members in groups.items():
            wanted = clean_name(str(profile[members[0]].get("name", ""))) or "team"
            names[tasks] = free_name(wanted, names.values())
        team_of = {}
        for task in {each for tasks in groups for each in tasks}:
            able = [tasks for tasks in groups if task in tasks]
            team_of[task] = names[min(able, key=lambda tasks: (len(tasks), names[tasks]))]
        staffing = {}
        for tasks, members in groups.items():
            own = names[tasks]
            others = sorted({team_of[task] for task in tasks} - {own})
            shifts = self._shifts([people[member] for member in members], calendars)
            staffing[own] = {"shifts": shifts, **({"also_serves": others} if others else {})}
        return staffing, team_of

    def _resources(self) -> Iterator[Json]:
        seen = set()
        for profile in self.document["resource_profiles"]:
            for resource in profile["resource_list"]:
                if resource["id"] not in seen:
                    seen.add(resource["id"])
                    yield resource

    def _shifts(self, members: Sequence[Json], calendars: Mapping[str, str]) -> dict[str, Any]:
        """Return a shift for each calendar and cost."""
        groups: defaultdict[tuple[str, float], int] = defaultdict(int)
        for member in members:
            cost = float(member.get("cost_per_hour") or 0.0)
            groups[str(member["calendar"]), cost] += int(member.get("amount", 1))
        shifts: dict[str, Any] = {}
        for (calendar, cost), number in groups.items():
            if calendar not in calendars:
                raise ValueError(f"there is no calendar '{calendar}'")
            shift: dict[str, Any] = {"people": number, "calendar": calendars[calendar]}
            if cost > 0.0:
                shift["cost"] = f"{cost:.10g} EUR/hour"
            shifts[free_name(calendars[calendar], shifts)] = shift
        if any("cost" in shift for shift in shifts.values()):
            self._tell_once("costs have no currency there; they are taken for EUR")
        return shifts

    def _tell_once(self, what: str) -> None:
        if f"{self.path}: {what}" not in self.remarks:
            self._tell(what)

    def _task_times(self) -> dict[str, Any]:
        """Return the time of each task; a mixture where the people differ."""
        amount = {str(each["id"]): int(each.get("amount", 1)) for each in self._resources()}
        times: dict[str, Any] = {}
        for task in self.document["task_resource_distribution"]:
            key = str(task["task_id"])
            weights: defaultdict[str, float] = defaultdict(float)
            for each in task["resources"]:
                weights[json.dumps(self._distribution(each, f"task '{key}'"))] += amount.get(
                    str(each["resource_id"]), 1
                )
            parts = [(json.loads(text), weight) for text, weight in weights.items()]
            if len(parts) == 1:
                times[key] = parts[0][0]
            elif parts:
                self._tell(f"people need different times for task '{key}'; all of them get the mixture")
                times[key] = {"mixture": mixture(parts)}
        return times

    def _event_times(self) -> dict[str, Any]:
        events = self.document.get("event_distribution") or []
        if not isinstance(events, list):
            self._tell("event_distribution is no list; it is left out")
            return {}
        return {str(e["event_id"]): self._distribution(e, f"event '{e['event_id']}'") for e in events}

    def _shares(self) -> dict[str, str]:
        shares: dict[str, str] = {}
        for gateway in self.document.get("gateway_branching_probabilities") or []:
            values = [float(path["value"]) for path in gateway["probabilities"]]
            total = sum(values)
            if not total > 0.0 or any(value < 0.0 for value in values):
                raise ValueError(f"the probabilities of gateway '{gateway['gateway_id']}' are not above 0")
            is_choice = math.isclose(total, 1.0, abs_tol=1e-3)
            for path, value in zip(gateway["probabilities"], values, strict=True):
                share = value / total if is_choice else min(value, 1.0)
                shares[str(path["path_id"])] = f"{100.0 * share:.12g} %"
        return shares

    def _arrivals(self) -> dict[str, Any]:
        told = self.document.get("arrival_time_distribution")
        if not told:
            return {}
        gaps = self._distribution(told, "arrivals")
        hours = weekly_hours(self.document.get("arrival_time_calendar") or [])
        if not hours or open_minutes(hours) >= _ALWAYS - 7:
            return {"gaps": gaps}
        mean = mean_seconds(told)
        if told["distribution_name"] not in ("expon", "exponential"):
            self._tell(
                "arrivals have hours of their own: they are taken for a Poisson process in these hours, with"
                f" the same mean gap of {mean / 60.0:.3g} min"
            )
        per_hour = f"{3600.0 / mean:.6g}/hour"
        return {"hourly": {days: dict.fromkeys(each.split(", "), per_hour) for days, each in hours.items()}}

    def _distribution(self, told: Json, where: str) -> Any:  # noqa: ANN401 - text or map
        made, is_known = distribution(told, where)
        if not is_known:
            name = told["distribution_name"]
            self._tell(f"the distribution '{name}' of {where} is not known; it is taken for exponential")
        return made
