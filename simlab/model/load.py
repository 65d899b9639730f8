"""A scenario in one call: reading, checking and compiling, with all mistakes told at once."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

from simlab.errors import InvalidInput, Place, Problem
from simlab.model.checks import check_model
from simlab.model.compile import Compiled, compile_scenario
from simlab.model.compiling.automations import is_idle
from simlab.model.compiling.context import Path as KeyPath
from simlab.model.compiling.context import reading_order
from simlab.model.compiling.improvements import rungs_of
from simlab.model.data_files import DataFiles
from simlab.model.hooks import Hooks, RankHook, RouteHook
from simlab.model.regimes import Regime, joined
from simlab.model.rungs import at_rungs, joined_rungs
from simlab.model.second_look import unknown_names
from simlab.model.tables import Model
from simlab.model.wall_clock import WallClock
from simlab.scenario.evidence import evidence_problems
from simlab.scenario.levers import apply_levers
from simlab.scenario.nodes import MapNode, Plain, from_plain, place_of, to_plain
from simlab.scenario.overrides import ScenarioSource, apply_patch, read_scenario
from simlab.scenario.roadmap import Period, periods
from simlab.scenario.schema.scenario import Scenario
from simlab.scenario.validation import validate

MOST_COMBINATIONS = 100
"""A scenario is compiled once for each combination of levels on which levers may be."""


@dataclass(frozen=True, slots=True)
class LoadedScenario:
    """A scenario that holds no mistakes, with everything that was made of it."""

    name: str
    label: str
    """What reports call it: the labels of the patches in it, else the name."""
    scenario: Scenario
    node: MapNode
    """Its values with their places, after ``extends``, patches and assignments."""
    model: Model
    resolved: Mapping[str, Plain]
    """The node's values alone, in the order written, for hashing and keeping."""
    data_files: Mapping[str, str]
    """SHA-256 of each CSV file that was read, by its path below the root folder."""
    sources: tuple[Path, ...]
    """The scenario files that were read, its own first; empty for one that is not from a file."""
    patches: Mapping[str, str]
    """Labels of the changes under ``what_if``, by name."""
    warnings: tuple[Problem, ...]
    tables: DataFiles
    """The CSV files, kept to compile changed nodes without reading them again."""

    @property
    def path(self) -> Path | None:
        """The scenario's own file."""
        return self.sources[0] if self.sources else None

    @property
    def evidence(self) -> dict[str, dict[str, str]]:
        """Where its numbers come from, as far as it says so: ``kind`` and ``source`` by key path."""
        stated = self.resolved.get("evidence")
        if not isinstance(stated, dict):
            return {}
        return {
            str(path): {"kind": str(each["kind"]), "source": str(each.get("source") or "")}
            for path, each in stated.items()
            if isinstance(each, dict)
        }

    def patch(self, changes: Mapping[str, object], label: str = "") -> LoadedScenario:
        """Return the scenario with changes as under ``what_if``, such as ``{"staffing.desk.people": 9}``.

        Parameters
        ----------
        changes
            Maps as in the scenario, or key paths, to values as written in a file.
        label
            What reports call the result; as this one where empty.

        Raises
        ------
        InvalidInput
            With all mistakes in them.
        """
        node = from_plain(changes, "patch")
        assert isinstance(node, MapNode)
        changed = self.changed(apply_patch(self.node, node))
        return replace(changed, label=label or changed.label)

    def changed(self, node: MapNode) -> LoadedScenario:
        """Return the scenario compiled anew with other values, such as those of `nodes.set_path`.

        InvalidInput tells all mistakes in them.
        """
        folder = self.sources[0].parent if self.sources else self.tables.root
        loaded = _loaded(
            node, self.label, self.sources, self.patches, self.tables, folder, is_as_written=False
        )
        return replace(loaded, model=replace(loaded.model, hooks=self.model.hooks))

    def with_hooks(
        self, *, route: RouteHook | None = None, rank: RankHook | None = None, label: str = ""
    ) -> LoadedScenario:
        """Return the scenario with Python functions that decide in place of its rules.

        The SimPy engine runs it. Results of it are not stored, since no file says what the functions do;
        to run it on several cores they must be functions of an importable module.

        Parameters
        ----------
        route, rank
            See `simlab.model.hooks`.
        label
            What reports call the result; as this one where empty.
        """
        hooked = replace(self.model, hooks=Hooks(route, rank))
        return replace(self, model=hooked, label=label or self.label)


def load(
    path: Path | str,
    *,
    what_if: Sequence[str] = (),
    assignments: Sequence[str] = (),
    root: Path | str | None = None,
) -> LoadedScenario:
    """Load a scenario file: read it with all that it extends, change it, check it, compile it.

    Parameters
    ----------
    path
        The scenario file.
    what_if
        Names of changes under ``what_if`` to apply, in this order.
    assignments
        Values to set after these, as ``staffing.desk.people=9``.
    root
        Folder that all files must lie in after following links; by default the folder of the file itself.

    Raises
    ------
    InvalidInput
        With all mistakes that can be told at once, in the order of the file.
    """
    source = read_scenario(path, root=root)
    return _patched(source, what_if, assignments, _tables_of(source, root))


def load_variants(
    path: Path | str,
    what_if: Iterable[str] | None = None,
    *,
    assignments: Sequence[str] = (),
    root: Path | str | None = None,
) -> dict[str, LoadedScenario]:
    """Load a scenario once for each of its changes under ``what_if``, each applied alone.

    Parameters
    ----------
    path, assignments, root
        As in `load`.
    what_if
        Names of the changes; all of them where not given.

    Returns
    -------
    dict
        Loaded scenarios by name of the change, in the order asked for.

    Raises
    ------
    InvalidInput
        With the mistakes of all of them.
    """
    source = read_scenario(path, root=root)
    tables = _tables_of(source, root)
    variants: dict[str, LoadedScenario] = {}
    problems: list[Problem] = []
    for name in source.patches if what_if is None else what_if:
        try:
            variants[name] = _patched(source, (name,), assignments, tables)
        except InvalidInput as refusal:
            problems += refusal.problems
    if problems:
        raise InvalidInput(dict.fromkeys(problems))
    return variants


def from_node(node: MapNode, base_folder: Path | str) -> LoadedScenario:
    """Check and compile a scenario that was put together in memory.

    Parameters
    ----------
    node
        The whole scenario, such as `nodes.from_plain` makes of plain values.
    base_folder
        Folder of its data files.

    Raises
    ------
    InvalidInput
        With all mistakes.
    """
    folder = Path(base_folder)
    return _loaded(node, "", (), {}, DataFiles(folder), folder)


def _tables_of(source: ScenarioSource, root: Path | str | None) -> DataFiles:
    return DataFiles(source.files[0].parent if root is None else Path(root))


def _patched(
    source: ScenarioSource, what_if: Sequence[str], assignments: Sequence[str], tables: DataFiles
) -> LoadedScenario:
    node = source.patched(what_if, assignments)
    label = " + ".join([*(source.patches[name].label for name in what_if), *assignments])
    labels = {name: patch.label for name, patch in source.patches.items()}
    folder = source.files[0].parent
    is_as_written = not (what_if or assignments)
    return _loaded(node, label, source.files, labels, tables, folder, is_as_written=is_as_written)


def _loaded(
    node: MapNode,
    label: str,
    sources: tuple[Path, ...],
    patches: Mapping[str, str],
    tables: DataFiles,
    folder: Path,
    *,
    is_as_written: bool = True,
) -> LoadedScenario:
    """Check and compile a tree; evidence is about the values as written, and may not fit changed ones."""
    folders = {str(file): file.parent for file in sources}
    files_read: dict[str, str] = {}

    def locate(path: KeyPath) -> Place:
        return place_of(node, path)

    def read_column(path: KeyPath, file: str, column: str) -> Sequence[str]:
        """Read a file that stands beside the scenario file that names it."""
        table = tables.table(folders.get(locate(path).source, folder), file)
        files_read[table.name] = table.sha256
        return table.column(column, file)

    try:
        written = validate(Scenario, node)
        scenario, compiled = _compiled(node, written, locate, read_column)
    except InvalidInput as refusal:
        more = unknown_names(
            node, refusal.problems, lambda rest: compile_scenario(rest, locate, read_column).mistakes
        )
        raise InvalidInput(sorted([*refusal.problems, *more], key=reading_order)) from None
    mistakes = [*compiled.mistakes, *(evidence_problems(node, scenario.evidence) if is_as_written else ())]
    warnings = list(compiled.warnings)
    if not compiled.mistakes:
        findings = check_model(scenario, compiled.model, locate)
        mistakes += findings.mistakes
        warnings += findings.warnings
    if mistakes:
        raise InvalidInput(sorted(dict.fromkeys(mistakes), key=reading_order))
    plain = to_plain(node)
    assert isinstance(plain, dict)
    return LoadedScenario(
        name=scenario.name,
        label=label or scenario.name,
        scenario=scenario,
        node=node,
        model=compiled.model,
        resolved=plain,
        data_files=dict(sorted(files_read.items())),
        sources=sources,
        patches=patches,
        warnings=tuple(sorted(dict.fromkeys(warnings), key=reading_order)),
        tables=tables,
    )


def _compiled(
    node: MapNode,
    written: Scenario,
    locate: Callable[[KeyPath], Place | None],
    read_column: Callable[[KeyPath, str, str], Sequence[str]],
) -> tuple[Scenario, Compiled]:
    """Compile a scenario, at each period of its roadmap and on each rung of levers that improvement moves.

    The scenario returned is that at the start.
    """
    combinations = _combinations(node, written)
    try:
        clock = WallClock(written.time.zone, written.time.start)
    except ValueError:
        return written, compile_scenario(written, locate, read_column)  # which tells what is wrong with it
    plans = [_plan(at_rungs(node, written.levers, each), written, each, clock) for each in combinations]
    used = frozenset(
        name
        for plan in plans
        for stage in plan
        for name, automation in stage.scenario.automation.items()
        if not is_idle(automation)
    )
    models: list[Model] = []
    warnings: list[Problem] = []
    for plan in plans:
        regimes: list[Regime] = []
        for stage in plan:
            is_changed = len(plans) > 1 or len(plan) > 1
            compiled = compile_scenario(
                stage.scenario, locate, read_column, used if is_changed else frozenset()
            )
            if compiled.mistakes:
                if not stage.since:
                    return stage.scenario, compiled
                with _told(stage.since):
                    raise InvalidInput(compiled.mistakes)
            regimes.append(Regime(stage.start, compiled.model))
            warnings += compiled.warnings
        models.append(joined(regimes, locate(("roadmap",))))
    model = models[0]
    if len(combinations) > 1:
        model = joined_rungs(models, written.levers, combinations, locate(("levers",)))
    return plans[0][0].scenario, Compiled(model, (), tuple(dict.fromkeys(warnings)))


@dataclass(frozen=True, slots=True)
class _Stage:
    """The scenario in one period of the roadmap, with levers on some rungs."""

    start: float
    scenario: Scenario
    since: str
    """From when on it holds, in words; empty at the start of the run."""


def _combinations(node: MapNode, written: Scenario) -> list[dict[str, int]]:
    """Combinations of rungs on which levers may be in the run, the lowest first."""
    rungs = {name: rungs_of(lever) for name, lever in written.levers.items() if lever.improve is not None}
    stuck = [
        Problem(
            "improvement moves a lever up: by more than 0, up to more than its level",
            f"levers.{name}.improve",
            place_of(node, ("levers", name, "improve")),
        )
        for name, rung in rungs.items()
        if rung < 1
    ]
    if stuck:
        raise InvalidInput(stuck)
    n = math.prod(rung + 1 for rung in rungs.values())
    if n > MOST_COMBINATIONS:
        message = f"levers that improvement moves have at most {MOST_COMBINATIONS} combinations of levels"
        problem = Problem(
            message, "levers", place_of(node, ("levers",)), str(n), "let each improvement move more"
        )
        raise InvalidInput(problem)
    return [
        dict(zip(rungs, each, strict=True)) for each in product(*(range(rung + 1) for rung in rungs.values()))
    ]


def _plan(node: MapNode, written: Scenario, rungs: Mapping[str, int], clock: WallClock) -> list[_Stage]:
    """Return the scenario with its levers, at the start and after each change of the roadmap."""
    higher = " and ".join(
        f"{name} after {rung} improvement{'s' if rung > 1 else ''}" for name, rung in rungs.items() if rung
    )
    plan = [Period(0.0, node, "")]
    if written.roadmap:
        plan = list(periods(node, written.roadmap, clock.minutes_of, written.time.length))
    stages = []
    for period in plan:
        since = f"from {clock.to_local(period.start):%Y-%m-%d %H:%M} on" if period.start else ""
        since = ", ".join(part for part in (since, f"with {higher}" if higher else "") if part)
        with _told(since):
            is_as_written = not (period.start or written.roadmap or higher)
            scenario = written if is_as_written else validate(Scenario, period.node)
            stages.append(_Stage(period.start, _with_levers(period.node, scenario), since))
    return stages


@contextmanager
def _told(since: str) -> Iterator[None]:
    """Tell in mistakes from when on they would hold; nothing is added where that is from the start."""
    try:
        yield
    except InvalidInput as refusal:
        if not since:
            raise
        raise InvalidInput(
            replace(problem, message=f"{since}: {problem.message}") for problem in refusal.problems
        ) from None


def _with_levers(node: MapNode, written: Scenario) -> Scenario:
    """Return the scenario with the effects of its levers; mistakes are told where the values stand."""
    if not written.levers:
        return written
    try:
        return validate(Scenario, apply_levers(node, written.levers))
    except InvalidInput as refusal:
        raise InvalidInput(
            replace(problem, message=f"{problem.message} (the levers change this value)")
            if not problem.path.startswith("levers.")
            else problem
            for problem in refusal.problems
        ) from None
