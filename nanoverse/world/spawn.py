"""Where new players arrive: on green land from which one can walk away."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from itertools import count

import numpy as np
from numpy.typing import NDArray

from nanoverse.world.blocks import AIR, SOLID, by_name
from nanoverse.world.constants import CHUNK

Grow = Callable[[int, int], tuple[NDArray[np.uint8], NDArray[np.uint8]]]

_ESCAPE = 96  # tiles that one must be able to walk away; all water and rock that encloses less is left out
_GRID = 8  # tiles between the places that are tried
_GREEN = frozenset(by_name(name).id for name in ("grass", "moss", "steppe"))
_SOLID = SOLID.tobytes()


def find_spawn(grow: Grow) -> tuple[int, int]:
    """The tile nearest to the origin, on a coarse grid, that is green, free and not shut in by water or stone.

    `grow` gives ground and blocks of a chunk, as `Terrain.chunk` does.
    """
    land = _Land(grow)
    return next(tile for tile in _outwards() if land.is_green(*tile) and land.leads_away(*tile))


def _outwards() -> Iterator[tuple[int, int]]:
    for ring in count():
        side = range(-ring, ring + 1)
        yield from ((_GRID * x, _GRID * y) for y in side for x in side if max(abs(x), abs(y)) == ring)


class _Land:
    def __init__(self, grow: Grow) -> None:
        self._grow = grow
        self._chunks: dict[tuple[int, int], tuple[bytes, bytes]] = {}
        self._shut_in: set[tuple[int, int]] = set()

    def is_green(self, x: int, y: int) -> bool:
        ground, block = self._tile(x, y)
        return ground in _GREEN and block == AIR

    def leads_away(self, x: int, y: int) -> bool:
        if (x, y) in self._shut_in:
            return False
        seen, edge = {(x, y)}, deque([(x, y)])
        while edge:
            i, j = edge.popleft()
            if max(abs(i - x), abs(j - y)) == _ESCAPE:
                return True
            for tile in ((i + 1, j), (i - 1, j), (i, j + 1), (i, j - 1)):
                if tile not in seen and not any(_SOLID[kind] for kind in self._tile(*tile)):
                    seen.add(tile)
                    edge.append(tile)
        self._shut_in |= seen
        return False

    def _tile(self, x: int, y: int) -> tuple[int, int]:
        key = x // CHUNK, y // CHUNK
        if key not in self._chunks:
            ground, blocks = self._grow(*key)
            self._chunks[key] = ground.tobytes(), blocks.tobytes()
        ground_row, block_row = self._chunks[key]
        at = y % CHUNK * CHUNK + x % CHUNK
        return ground_row[at], block_row[at]
