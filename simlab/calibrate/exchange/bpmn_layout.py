"""Where the shapes of a process stand: columns by order, rows within the lane of their team.

No two shapes overlap, and no arrow runs through a shape: arrows run between the rows and between the columns.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from simlab.calibrate.exchange.drawn_process import Arrow, Drawn

COLUMN: Final = 170
ROW: Final = 130
LEFT: Final = 60
"""Room for the names of pool and lane."""
TOP: Final = 20
MARGIN: Final = 30
_TASK: Final = (100, 80)
_SIZES: Final = {
    "startEvent": (36, 36),
    "endEvent": (36, 36),
    "intermediateCatchEvent": (36, 36),
    "boundaryEvent": (36, 36),
    "exclusiveGateway": (50, 50),
    "parallelGateway": (50, 50),
}
_TRACKS: Final = 7
"""Arrows that run side by side in one gap before they share a track."""
_TRACK: Final = 5
_LABELS_OVER: Final = 3
"""Names of arrows that stand over one another at a head, before they share a place."""

Point = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle."""

    x: int
    y: int
    width: int
    height: int

    @property
    def middle(self) -> Point:
        """Its centre."""
        return self.x + self.width // 2, self.y + self.height // 2


@dataclass(frozen=True, slots=True)
class Placed:
    """Boxes of shapes and lanes, bends of arrows."""

    shapes: Mapping[str, Box]
    labels: Mapping[str, Box]
    """Room for the name of an arrow, at its head."""
    lanes: Mapping[str, Box]
    pool: Box
    arrows: Mapping[str, tuple[Point, ...]]


def place(process: Drawn) -> Placed:
    """Return the layout of a process."""
    columns = _columns(process)
    rows, lanes = _rows(process, columns)
    n_columns = max(columns.values(), default=0) + 1
    width = LEFT + 2 * MARGIN + n_columns * COLUMN
    first_row = {}
    n_rows = 0
    for lane, number in lanes.items():
        first_row[lane] = n_rows
        n_rows += number
    boxes: dict[str, Box] = {}
    cells: dict[str, tuple[int, int]] = {}
    for key, shape in process.shapes.items():
        if shape.host:
            continue
        row = first_row[shape.lane] + rows[key]
        cells[key] = (columns[key], row)
        w, h = _SIZES.get(shape.element, _TASK)
        x = LEFT + MARGIN + columns[key] * COLUMN + (COLUMN - w) // 2
        boxes[key] = Box(x, TOP + row * ROW + (ROW - h) // 2, w, h)
    _place_timers(process, boxes, cells)
    drawn_lanes = {
        lane: Box(LEFT - 30, TOP + first_row[lane] * ROW, width - LEFT + 30, number * ROW)
        for lane, number in lanes.items()
    }
    pool = Box(LEFT - 60, TOP, width - LEFT + 60, n_rows * ROW)
    router = _Router(boxes, cells, frozenset(key for key, shape in process.shapes.items() if shape.host))
    routes = {arrow.id: router.route(arrow) for arrow in process.arrows}
    labels: dict[str, Box] = {}
    for arrow in process.arrows:
        if arrow.name:
            labels[arrow.id] = _raised(_label(routes[arrow.id]), labels.values())
    return Placed(boxes, labels, drawn_lanes, pool, routes)


def _place_timers(process: Drawn, boxes: dict[str, Box], cells: dict[str, tuple[int, int]]) -> None:
    """Put timers on the lower edge of their task, from the right."""
    turn: defaultdict[str, int] = defaultdict(int)
    for key, shape in process.shapes.items():
        if shape.host:
            w, h = _SIZES[shape.element]
            task = boxes[shape.host]
            x = task.x + task.width - w // 2 - (w + 4) * turn[shape.host] - 10
            boxes[key] = Box(x, task.y + task.height - h // 2, w, h)
            cells[key] = cells[shape.host]
            turn[shape.host] += 1


def _label(route: Sequence[Point]) -> Box:
    """Return room for a name over the last piece of an arrow."""
    x, y = route[-2] if len(route) > 2 else ((route[0][0] + route[-1][0]) // 2 - 30, route[-1][1])
    return Box(x + 2, y - 17, 60, 14)


def _raised(label: Box, others: Iterable[Box]) -> Box:
    """Return a label over those that stand in its place, as far as there is room."""
    taken = list(others)
    for turn in range(_LABELS_OVER):
        raised = replace(label, y=label.y - turn * (label.height + 1))
        if not any(_overlap(raised, other) for other in taken):
            return raised
    return label


def _columns(process: Drawn) -> dict[str, int]:
    """Return the column of each shape: the longest way from the start, arrows that lead back left out."""
    following: defaultdict[str, list[str]] = defaultdict(list)
    hosts = {key: shape.host or key for key, shape in process.shapes.items()}
    for arrow in process.arrows:
        following[hosts[arrow.source]].append(arrow.target)
    order: list[str] = []
    state: dict[str, int] = {}
    back: set[tuple[str, str]] = set()
    for root in process.shapes:
        if root in state:
            continue
        stack = [(root, iter(following[root]))]
        state[root] = 1
        while stack:
            key, others = stack[-1]
            target = next(others, None)
            if target is None:
                state[key] = 2
                order.append(key)
                stack.pop()
            elif state.get(target) == 1:
                back.add((key, target))
            elif target not in state:
                state[target] = 1
                stack.append((target, iter(following[target])))
    columns = dict.fromkeys(process.shapes, 0)
    for key in reversed(order):
        for target in following[key]:
            if (key, target) not in back:
                columns[target] = max(columns[target], columns[key] + 1)
    return columns


def _rows(process: Drawn, columns: Mapping[str, int]) -> tuple[dict[str, int], dict[str, int]]:
    """Return the row of each shape within its lane, and the number of rows of each lane."""
    before: defaultdict[str, list[str]] = defaultdict(list)
    for arrow in process.arrows:
        if columns[process.shapes[arrow.source].host or arrow.source] < columns[arrow.target]:
            before[arrow.target].append(process.shapes[arrow.source].host or arrow.source)
    rows: dict[str, int] = {}
    taken: set[tuple[str, int, int]] = set()
    lanes: dict[str, int] = {}
    for key in sorted(process.shapes, key=lambda each: columns[each]):
        if process.shapes[key].host:
            continue
        lane = process.shapes[key].lane
        near = [rows[each] for each in before[key] if process.shapes[each].lane == lane]
        wanted = round(sum(near) / len(near)) if near else 0
        row = min(
            (number for number in range(len(process.shapes)) if (lane, columns[key], number) not in taken),
            key=lambda number: (abs(number - wanted), number),
        )
        rows[key] = row
        taken.add((lane, columns[key], row))
        lanes[lane] = max(lanes.get(lane, 0), row + 1)
    return rows, lanes


@dataclass(slots=True)
class _Router:
    boxes: Mapping[str, Box]
    cells: Mapping[str, tuple[int, int]]
    hosted: frozenset[str]
    """Events at the edge of a task."""
    used: defaultdict[tuple[str, int], int] = field(default_factory=lambda: defaultdict(int))

    def route(self, arrow: Arrow) -> tuple[Point, ...]:
        """Return the way of an arrow, from the side of one shape to the side of the other."""
        source, target = self.boxes[arrow.source], self.boxes[arrow.target]
        (column, row), (to_column, to_row) = self.cells[arrow.source], self.cells[arrow.target]
        begin = (source.x + source.width, source.middle[1])
        end = (target.x, target.middle[1])
        if arrow.source in self.hosted:
            y, to_x = self._between_rows(row + 1), self._between_columns(to_column)
            below = (source.middle[0], source.y + source.height)
            return below, (below[0], y), (to_x, y), (to_x, end[1]), end
        if column < to_column and row == to_row and self._is_free(row, column, to_column):
            return begin, end
        if column + 1 == to_column:
            x = self._between_columns(to_column)
            return begin, (x, begin[1]), (x, end[1]), end
        # Along the gap between two rows: below the row of the source, towards that of the target.
        y = self._between_rows(row if to_row < row else row + 1)
        x, to_x = self._between_columns(column + 1), self._between_columns(to_column)
        return begin, (x, begin[1]), (x, y), (to_x, y), (to_x, end[1]), end

    def _is_free(self, row: int, first: int, last: int) -> bool:
        return not any(each == row and first < column < last for column, each in self.cells.values())

    def _between_columns(self, column: int) -> int:
        return LEFT + MARGIN + column * COLUMN + self._track("column", column)

    def _between_rows(self, row: int) -> int:
        return TOP + row * ROW + self._track("row", row)

    def _track(self, kind: str, number: int) -> int:
        """Return the next of the tracks in a gap: 0, 5, -5, 10, ..."""
        turn = self.used[kind, number] % _TRACKS
        self.used[kind, number] += 1
        return _TRACK * ((turn + 1) // 2) * (1 if turn % 2 else -1)


def overlapping(boxes: Sequence[Box]) -> list[tuple[Box, Box]]:
    """Return the pairs of boxes that overlap."""
    pairs = ((one, other) for n, one in enumerate(boxes) for other in boxes[n + 1 :])
    return [(one, other) for one, other in pairs if _overlap(one, other)]


def _overlap(one: Box, other: Box) -> bool:
    return (
        one.x < other.x + other.width
        and other.x < one.x + one.width
        and one.y < other.y + other.height
        and other.y < one.y + one.height
    )
