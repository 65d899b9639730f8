"""What all parts of compiling share: codes of names, the registers of tables, and the problems found."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType

from simlab.errors import Place, Problem
from simlab.model.calendars import Calendar
from simlab.model.distributions import Distribution
from simlab.model.wall_clock import WallClock
from simlab.scenario.suggestions import remedy_for_unknown

Path = tuple[str | int, ...]
"""Keys and list positions that lead to a value of the scenario."""


@dataclass(frozen=True, slots=True)
class Noting:
    """Notes a ValueError, of which what follows `` -> `` is the remedy, and goes on after the block."""

    context: Context
    path: Path

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(
        self, kind: type[BaseException] | None, refusal: BaseException | None, trace: TracebackType | None
    ) -> bool:
        """Note what was refused; other errors go on."""
        if not isinstance(refusal, ValueError):
            return False
        message, _, remedy = str(refusal).partition(" -> ")
        self.context.problem(self.path, message, remedy=remedy or None)
        return True


UNKNOWN_NAME = "of this name"
"""How the message about a name ends that nobody has."""


@dataclass
class Context:
    """Registers that grow while a scenario is compiled."""

    locate: Callable[[Path], Place | None]
    """Place in the files of the value at a path."""
    read_column: Callable[[Path, str, str], Sequence[str]]
    """Column of a data file that the value at a path names: (path, file, column) to texts."""
    clock: WallClock
    span: tuple[float, float]
    """First and last minute for which calendars are compiled."""
    codes: Mapping[str, Mapping[str, int]]
    """By sort of name (step, team, class, ...), the code of each name."""
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    calendars: list[Calendar] = field(default_factory=list)
    sections: frozenset[str] = frozenset()
    """Parts of the scenario that say something, such as ``faults``."""
    _distributions: dict[Distribution, int] = field(default_factory=dict)

    @property
    def distributions(self) -> tuple[Distribution, ...]:
        """All distributions so far; the position is the id."""
        return tuple(self._distributions)

    def distribution_id(self, distribution: Distribution) -> int:
        """Id of a distribution; equal ones share one."""
        return self._distributions.setdefault(distribution, len(self._distributions))

    def problem(self, path: Path, message: str, found: object = None, remedy: str | None = None) -> None:
        """Note a mistake in the value at a path."""
        self.problems.append(
            Problem(
                message,
                ".".join(map(str, path)),
                self.locate(path),
                None if found is None else repr(found),
                remedy,
            )
        )

    def warn(self, path: Path, message: str, remedy: str | None = None) -> None:
        """Note what is probably not meant in the value at a path, though it can run."""
        self.warnings.append(Problem(message, ".".join(map(str, path)), self.locate(path), remedy=remedy))

    def noting(self, path: Path) -> Noting:
        """Turn a refusal of the value at a path into a noted problem: for a ``with`` statement."""
        return Noting(self, path)

    def code(self, sort: str, name: str, path: Path, others: Sequence[str] = ()) -> int:
        """Code of a name; -1, and a problem noted, where there is none. ``others`` may stand there too."""
        known = self.codes[sort]
        if name in known:
            return known[name]
        self.problem(
            path, f"there is no {sort} {UNKNOWN_NAME}", name, remedy_for_unknown(name, [*others, *known])
        )
        return -1

    def needed(self, section: str, path: Path) -> None:
        """Note a mistake where a value needs a part of the scenario that says nothing."""
        if section not in self.sections:
            self.problem(path, f"the scenario has no {section}", remedy=f"write {section}, or remove this")

    def ordered_problems(self) -> tuple[Problem, ...]:
        """Return all problems noted, in the order of the files."""
        return tuple(sorted(dict.fromkeys(self.problems), key=reading_order))


def reading_order(problem: Problem) -> tuple[str, int, int]:
    """Key that sorts problems as they stand in the files."""
    place = problem.place
    return (place.source, place.line or 0, place.column or 0) if place else ("", 0, 0)
