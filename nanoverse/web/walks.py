"""What has to be told of who walks: a body that goes on as watchers were told costs nothing.

A move says where a body is and how far it goes with each tick from then on; whoever heard it can tell its place until
the next one (dead reckoning, as IEEE 1278.1 has it). So a walk is told at its start, at each turn and at its end, and
once a second between, so that nobody whose news is older than `GOES_ON` need believe it.
"""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import dataclass

from nanoverse.world.constants import GOES_ON, STEP

# A body, where it is, which way it faces, and the units it goes with each tick from then on.
Move = tuple[int, int, int, int, int, int]


@dataclass(slots=True)
class _Walk:
    x: int
    y: int
    facing: int
    dx: int = 0
    dy: int = 0
    told: int = 0  # the tick in which it was last told


class Walks:
    """The place of every body as of the last tick, and what its watchers know of it."""

    def __init__(self) -> None:
        self._walks: dict[int, _Walk] = {}
        self._going: set[int] = set()  # those that watchers see walk on

    def put(self, body: int, x: int, y: int, facing: int) -> None:
        """A body that is shown whole, standing."""
        self._walks[body] = _Walk(x, y, facing)
        self._going.discard(body)

    def remove(self, body: int) -> None:
        self._walks.pop(body, None)
        self._going.discard(body)

    def step(self, body: int, x: int, y: int, facing: int, tick: int) -> Move | None:
        """The body came to x, y in this tick; returns the move that tells it, if that has to be told."""
        walk = self._walks[body]
        dx, dy = x - walk.x, y - walk.y
        if abs(dx) > STEP or abs(dy) > STEP:
            if (dx, dy) == (2 * walk.dx, 2 * walk.dy):  # a late step was made up for, and the walk goes on
                dx, dy = walk.dx, walk.dy
            else:  # it did not walk there, and will not go on like that
                dx = dy = 0
            as_told = False
        else:
            as_told = (dx, dy, facing) == (walk.dx, walk.dy, walk.facing)
        walk.x, walk.y = x, y
        if as_told and not (body in self._going and tick - walk.told >= GOES_ON):
            return None
        return self._tell(body, walk, dx, dy, facing, tick)

    def stop_all_but(self, walked: Set[int], tick: int) -> dict[int, Move]:
        """Those that watchers see walk on, but that did not walk in this tick, stand: by body, what tells it."""
        return {
            body: self._tell(body, self._walks[body], 0, 0, self._walks[body].facing, tick)
            for body in self._going - walked
        }

    def going(self, bodies: Iterable[int]) -> list[Move]:
        """What somebody who just came to see these bodies must hear beside where they are."""
        return [self.of(body) for body in bodies if body in self._going]

    def of(self, body: int) -> Move:
        walk = self._walks[body]
        return body, walk.x, walk.y, walk.facing, walk.dx, walk.dy

    def _tell(self, body: int, walk: _Walk, dx: int, dy: int, facing: int, tick: int) -> Move:
        walk.dx, walk.dy, walk.facing, walk.told = dx, dy, facing, tick
        if dx or dy:
            self._going.add(body)
        else:
            self._going.discard(body)
        return self.of(body)
