"""The space of configurations: what may vary together, and how a configuration becomes a scenario.

A configuration gives a value to every parameter.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from simlab.errors import InvalidInput
from simlab.experiments.parameters import EXACT, Number, Parameter, Value
from simlab.results.sealed import digest_of
from simlab.scenario.nodes import MapNode, get_path, path_keys, set_path
from simlab.scenario.shares import with_sums_kept

Configuration: TypeAlias = Mapping[str, Value]
"""Value by key path, in the order of the space's parameters; the empty one leaves the scenario as it is."""

Key: TypeAlias = tuple[Value, ...]
"""The values of a configuration in the order of the parameters: what tells it from others."""

SPREADS: Final = (0.01, 0.03, 0.1)
"""Standard deviations of perturbations, in shares of a parameter's range."""
LEVELS: Final = 3
"""Sizes of step that a neighbourhood has."""


@dataclass(frozen=True, slots=True)
class FixedSum:
    """Numbers that add up to a total: ten people over three shifts."""

    members: tuple[Number, ...]
    total: float

    def is_kept(self, configuration: Configuration) -> bool:
        """Whether the members add up to the total."""
        total = math.fsum(float(configuration[member.path]) for member in self.members)
        return abs(total - self.total) <= EXACT * max(abs(self.total), 1.0)

    def repaired(self, configuration: Configuration) -> dict[str, Value]:
        """Return the configuration with the members changed as little as the total needs, within bounds."""
        value = {member.path: float(configuration[member.path]) for member in self.members}
        step = self.members[0].step
        while abs(left := self.total - sum(value.values())) > EXACT * max(abs(self.total), 1.0):
            room = {
                member.path: member.high - value[member.path] if left > 0 else value[member.path] - member.low
                for member in self.members
            }
            if step is None:
                for path in value:
                    value[path] += left * room[path] / sum(room.values())
            else:
                widest = max(room, key=lambda path: room[path])
                value[widest] += math.copysign(step, left)
        return {**configuration, **{m.path: m.snapped(value[m.path]) for m in self.members}}


@dataclass(frozen=True, slots=True)
class InputLimit:
    """A limit on a sum of parameters, checked before anything is simulated."""

    paths: tuple[str, ...]
    is_upper: bool
    bound: float
    text: str
    """As written."""

    def violation(self, configuration: Configuration) -> float:
        """Return by how much the limit is broken; 0 or less where it is kept."""
        total = sum(float(configuration[path]) for path in self.paths)
        return total - self.bound if self.is_upper else self.bound - total


@dataclass(frozen=True, slots=True)
class Space:
    """All configurations that may be tried."""

    parameters: tuple[Parameter, ...]
    sums: tuple[FixedSum, ...] = ()
    limits: tuple[InputLimit, ...] = ()

    def texts(self, configuration: Configuration) -> dict[str, str]:
        """Return the values as a scenario file says them."""
        return {each.path: each.text(configuration[each.path]) for each in self._given(configuration)}

    @property
    def is_continuous(self) -> bool:
        """Whether some parameter takes every number between its bounds."""
        return any(isinstance(each, Number) and each.step is None for each in self.parameters)

    def key(self, configuration: Configuration) -> Key:
        """Return what tells a whole configuration from others, quicker than its hash."""
        return tuple(configuration[each.path] for each in self.parameters)

    def digest(self, configuration: Configuration) -> str:
        """Return the hash by which a configuration is known."""
        return digest_of(self.texts(configuration))

    def applied(self, node: MapNode, configuration: Configuration) -> MapNode:
        """Return the scenario with the values of a configuration.

        Shares that stand beside a share that varies, and do not vary themselves, take what it leaves.
        """
        before = node
        shares = []
        for each in self._given(configuration):
            changed = set_path(node, each.path, each.node(configuration[each.path]))
            assert isinstance(changed, MapNode)
            node = changed
            if isinstance(each, Number) and each.unit == "%":
                shares.append(path_keys(each.path))
        return with_sums_kept(before, node, shares) if shares else node

    def present(self, node: MapNode) -> dict[str, Value]:
        """Return the values that a scenario has now, where they can be told; allowed or not."""
        found: dict[str, Value] = {}
        for each in self.parameters:
            try:
                value = each.value_of(get_path(node, each.path))
            except InvalidInput:
                continue
            if value is not None:
                found[each.path] = value
        return found

    def holds(self, configuration: Configuration) -> bool:
        """Whether a configuration is one of those that may be tried."""
        return all(
            each.path in configuration and each.holds(configuration[each.path]) for each in self.parameters
        ) and self.repaired(configuration) == dict(configuration)

    def why_outside(self, node: MapNode) -> tuple[str, ...]:
        """Say why a scenario as it is lies outside of what may be tried; nothing where it lies inside."""
        now = self.present(node)
        reasons = []
        for each in self.parameters:
            if each.path not in now:
                reasons.append(f"{each.path} has a value that is not one of the choices, or none")
            elif not each.holds(now[each.path]):
                reasons.append(f"{each.path} is {each.text(now[each.path])}")
        for total in self.sums:
            if all(member.path in now for member in total.members) and not total.is_kept(now):
                is_now = math.fsum(float(now[member.path]) for member in total.members)
                names = " + ".join(member.path for member in total.members)
                reasons.append(f"{names} is {is_now:g}, not {total.total:g}")
        return tuple(reasons)

    def nearest(self, wanted: Mapping[str, Value]) -> dict[str, Value]:
        """Return the allowed configuration near to wanted values; the middle where nothing is wanted."""
        near: dict[str, Value] = {}
        for each in self.parameters:
            value = wanted.get(each.path)
            if isinstance(each, Number):
                near[each.path] = each.snapped((each.low + each.high) / 2 if value is None else float(value))
            else:
                near[each.path] = each.values()[0] if value is None or not each.holds(value) else value
        return self.repaired(near)

    def repaired(self, configuration: Configuration) -> dict[str, Value]:
        """Return the configuration with all fixed sums kept."""
        repaired = dict(configuration)
        for each in self.sums:
            repaired = each.repaired(repaired)
        return repaired

    def broken_limits(self, configuration: Configuration) -> tuple[str, ...]:
        """Return the input limits that a configuration breaks, as written."""
        if not configuration:
            return ()
        return tuple(limit.text for limit in self.limits if limit.violation(configuration) > EXACT)

    def features(self, configuration: Configuration) -> NDArray[np.float64]:
        """Return a configuration as a point of the unit cube."""
        return np.array([x for each in self.parameters for x in each.features(configuration[each.path])])

    def features_of_all(self, configurations: Sequence[Configuration]) -> NDArray[np.float64]:
        """Return configurations as points of the unit cube, shape (n, d)."""
        columns: list[NDArray[np.float64]] = []
        for each in self.parameters:
            values = [configuration[each.path] for configuration in configurations]
            if isinstance(each, Number):
                columns.append(
                    ((np.array(values, dtype=np.float64) - each.low) / (each.high - each.low))[:, None]
                )
            else:
                of_value = {value: each.features(value) for value in each.values()}
                columns.append(np.array([of_value[value] for value in values]))
        return np.concatenate(columns, axis=1)

    def random(self, draws: np.random.Generator) -> dict[str, Value]:
        """Draw a configuration."""
        return self.repaired({each.path: each.random(draws) for each in self.parameters})

    def neighbours(self, configuration: Configuration, level: int) -> Iterator[dict[str, Value]]:
        """Configurations one move away, of one value or of two at once; fixed sums stay as they are."""
        moves = [
            (each.path, value)
            for each in self.parameters
            for value in each.moves(configuration[each.path], level)
        ]
        for path, value in moves:
            if self._keeps_sums({**configuration, path: value}):
                yield {**configuration, path: value}
        for (path, value), (other, another) in combinations(moves, 2):
            both = {**configuration, path: value, other: another}
            if path != other and self._keeps_sums(both):
                yield both

    def perturbed(
        self,
        configuration: Configuration,
        draws: np.random.Generator,
        n: int,
        spreads: Sequence[float] = SPREADS,
    ) -> Iterator[dict[str, Value]]:
        """Draw configurations around one: some values moved by random parts of their ranges, sums kept.

        Of ordered values, those that are drawn move by one step at least.
        """
        k = len(self.parameters)
        few = max(0.5, 2.0 / k)
        for _ in range(n):
            width = spreads[int(draws.integers(len(spreads)))]
            is_moved = (draws.random(k) < few).tolist()
            moves = draws.normal(0.0, width, k)
            drawn = dict(configuration)
            for each, moved, move in zip(self.parameters, is_moved, moves.tolist(), strict=True):
                if not moved:
                    continue
                if isinstance(each, Number):
                    far = move * (each.high - each.low)
                    if each.step is not None and abs(far) < each.step:
                        far = math.copysign(each.step, move)
                    drawn[each.path] = each.snapped(float(drawn[each.path]) + far)
                elif draws.random() < 2.0 * width:
                    drawn[each.path] = each.random(draws)
            yield self.repaired(drawn)

    def _keeps_sums(self, configuration: Configuration) -> bool:
        return all(each.is_kept(configuration) for each in self.sums)

    def _given(self, configuration: Configuration) -> Iterator[Parameter]:
        return (each for each in self.parameters if each.path in configuration)
