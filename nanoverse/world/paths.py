"""Finding a way on foot and walking it, for agents and for click-to-move.

A* (Hart, Nilsson and Raphael, "A Formal Basis for the Heuristic Determination of Minimum Cost Paths", 1968) over tiles
and their eight neighbours; a diagonal step needs both tiles beside it free, since a body is wider than a corner. A way
may lead straight through a shut door, which whoever walks it has to open.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from typing import Protocol

from nanoverse.world.bodies import Body
from nanoverse.world.constants import STEP, UNIT

Tile = tuple[int, int]

_STRAIGHT, _SLANTED = 10, 14  # costs, in tenths of a tile
_OPENING = 30  # the same, for a door that is shut
_NEAR = STEP // 2  # units from the middle of a tile; with less, a body could step to and fro
_PATIENCE = 10  # steps without getting anywhere until a way is given up


class Land(Protocol):
    """What a way is looked for on; a `Simulation` is one."""

    def is_solid(self, x: int, y: int) -> bool: ...

    def opens(self, x: int, y: int) -> bool:
        """Whether a solid tile is a shut door."""
        ...


class _Remembered:
    """A land that is asked about each tile once, though every tile has eight neighbours that ask."""

    def __init__(self, land: Land) -> None:
        self.opens = land.opens
        self._is_solid = land.is_solid
        self._solid: dict[Tile, bool] = {}

    def is_solid(self, x: int, y: int) -> bool:
        if (known := self._solid.get((x, y))) is None:
            known = self._solid[x, y] = self._is_solid(x, y)
        return known


def find_path(land: Land, start: Tile, goal: Tile, budget: int) -> list[Tile] | None:
    """The tiles to step on one after the other, without `start`; a goal that is solid is walked up to, not onto.

    None where no way is found among the `budget` tiles that look best.
    """
    search = Search(land, start, goal)
    search.go_on(budget)
    return search.path


class Search:
    """A search for a way that can be put off and gone on with; `path` as from `find_path`, once it is `done`.

    With `leg`, a tile so far from `start` (in tiles, along the longer axis) is good enough as well; `arrives` tells
    whether the path leads to the goal.
    """

    def __init__(self, land: Land, start: Tile, goal: Tile, leg: int | None = None) -> None:
        self.path: list[Tile] | None = None
        self.done = self.arrives = False
        self._land = _Remembered(land)
        self._start, self._goal, self._leg = start, goal, leg
        self._beside = 1 if self._land.is_solid(*goal) else 0
        self._costs = {start: 0}
        self._came_from: dict[Tile, Tile] = {}
        self._closed: set[Tile] = set()
        # Of ways that may be equally short, as on open land nearly all are, the one nearest to the goal is followed
        # first.
        self._open = [((nearest := _at_least(start, goal)), nearest, start)]

    @property
    def looked_at(self) -> int:
        """Tiles; what the search has cost so far."""
        return len(self._closed)

    def go_on(self, budget: int) -> None:
        """Look at up to so many tiles more."""
        most = len(self._closed) + budget
        while self._open and len(self._closed) < most:
            _, _, tile = heapq.heappop(self._open)
            self.arrives = _span(tile, self._goal) <= self._beside
            if self.arrives or (self._leg is not None and _span(tile, self._start) >= self._leg):
                self.path = _backwards(self._came_from, tile)
                self.done = True
                return
            if tile not in self._closed:
                self._closed.add(tile)
                self._open_beside(tile)
        self.done = not self._open

    def _open_beside(self, tile: Tile) -> None:
        costs = self._costs
        for neighbour, cost in _neighbours(self._land, tile):
            total = costs[tile] + cost
            if total < costs.get(neighbour, total + 1):
                costs[neighbour] = total
                self._came_from[neighbour] = tile
                left = _at_least(neighbour, self._goal)
                heapq.heappush(self._open, (total + left, left, neighbour))


def _span(one: Tile, other: Tile) -> int:
    return max(abs(one[0] - other[0]), abs(one[1] - other[1]))


def _at_least(tile: Tile, goal: Tile) -> int:
    """What the way would cost on open land: the A* heuristic, never too high."""
    east, south = abs(tile[0] - goal[0]), abs(tile[1] - goal[1])
    return _STRAIGHT * max(east, south) + (_SLANTED - _STRAIGHT) * min(east, south)


def _neighbours(land: Land, tile: Tile) -> Iterator[tuple[Tile, int]]:
    x, y = tile
    west, east = not land.is_solid(x - 1, y), not land.is_solid(x + 1, y)
    north, south = not land.is_solid(x, y - 1), not land.is_solid(x, y + 1)
    for free, neighbour in ((west, (x - 1, y)), (east, (x + 1, y)), (north, (x, y - 1)), (south, (x, y + 1))):
        if free:
            yield neighbour, _STRAIGHT
        elif land.opens(*neighbour):
            yield neighbour, _STRAIGHT + _OPENING
    for free, dx, dy in (
        (west and north, -1, -1),
        (east and north, 1, -1),
        (west and south, -1, 1),
        (east and south, 1, 1),
    ):
        if free and not land.is_solid(x + dx, y + dy):
            yield (x + dx, y + dy), _SLANTED


def _backwards(came_from: dict[Tile, Tile], tile: Tile) -> list[Tile]:
    path = []
    while tile in came_from:
        path.append(tile)
        tile = came_from[tile]
    return path[::-1]


class Walker:
    """Turns a path into one step a tick, by where the body really is; whoever submits the steps may skip ticks."""

    def __init__(self, path: Sequence[Tile]) -> None:
        self._ahead = list(reversed(path))
        self._last: tuple[int, int] | None = None
        self._stuck = 0

    @property
    def arrived(self) -> bool:
        return not self._ahead

    @property
    def ahead(self) -> Tile | None:
        """The tile to step on next."""
        return self._ahead[-1] if self._ahead else None

    def next_move(self, body: Body) -> tuple[int, int] | None:
        """dx, dy of the body's next `Move`; None once it has arrived, or when something new bars the way."""
        self._stuck = self._stuck + 1 if self._last == (body.x, body.y) else 0
        self._last = body.x, body.y
        while self._ahead and self._stuck < _PATIENCE:
            x, y = self._ahead[-1]
            dx, dy = _towards(body.x, x), _towards(body.y, y)
            if dx or dy:
                return dx, dy
            self._ahead.pop()
        return None


def _towards(at: int, tile: int) -> int:
    """Which way, along one axis, from a position in units to the middle of a tile."""
    left = tile * UNIT + UNIT // 2 - at
    return 0 if abs(left) <= _NEAR else (1 if left > 0 else -1)
