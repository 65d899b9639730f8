"""What checks of a model find, and the graph of steps that they look at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from simlab.errors import Place, Problem
from simlab.model.compiling.context import Path
from simlab.model.graph import Successors, reached, successors
from simlab.model.tables import Model


@dataclass
class Findings:
    """Mistakes and warnings about one model."""

    locate: Callable[[Path], Place | None]
    mistakes: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)

    def refuse(self, path: Path, message: str, remedy: str) -> None:
        """Note a mistake."""
        self.mistakes.append(Problem(message, ".".join(map(str, path)), self.locate(path), remedy=remedy))

    def warn(self, path: Path, message: str, remedy: str) -> None:
        """Note what is probably not meant, though it can run."""
        self.warnings.append(Problem(message, ".".join(map(str, path)), self.locate(path), remedy=remedy))


@dataclass(frozen=True, slots=True)
class Process:
    """The graph of a model's steps."""

    model: Model
    following: Successors
    used: set[int]
    """Steps that tickets can reach."""

    @classmethod
    def of(cls, model: Model) -> Process:
        """Return the graph of a model."""
        following = successors(model)
        return cls(model, following, reached(following, (stream.entry for stream in model.streams)))

    def shown(self, step: int) -> str:
        """Name of the scenario's step to which a step belongs."""
        return self.model.names.steps[int(self.model.steps.shown_as[step])]

    def path(self, step: int) -> Path:
        """Key path of the scenario's step."""
        name = self.shown(step)
        if name.startswith("~start of "):
            return ("demand", name.removeprefix("~start of "), "start")
        return ("routing", "start") if name.startswith("~") else ("routing", "steps", name)

    def trail(self, steps: list[int]) -> str:
        """Names along a walk, each once in a row."""
        names = [self.shown(step) for step in steps]
        shown = [name for i, name in enumerate(names) if i == 0 or name != names[i - 1]]
        return " -> ".join(shown if len(shown) > 1 else [*shown, *shown])
