"""Where a body comes into the world."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from nanoverse.world.bodies import BodyState
from nanoverse.world.constants import HALF_HEIGHT, HALF_WIDTH, UNIT
from nanoverse.world.crowd import Crowd
from nanoverse.world.terrain import Terrain
from nanoverse.world.tiles import Tiles

_NEW = 96  # tiles on which new bodies arrive
_ASIDE = 32  # tiles that a body is moved at most, when its place was built over


def landing(
    terrain: Terrain, tiles: Tiles, crowd: Crowd, id: int, saved: BodyState | None
) -> tuple[int, int]:
    """Position, in units, for a body that arrives: where it was, if that is free, else beside it; one that was walled
    in over many tiles, beside its bed; one without a bed, and a new body, near the spawn."""
    if saved is not None:
        if not _stands_in_solid(tiles, saved.x, saved.y):
            return saved.x, saved.y
        beside = _nearest_free(tiles, saved.x // UNIT, saved.y // UNIT)
        if beside is None and saved.home is not None:
            beside = _nearest_free(tiles, *saved.home)
        if beside is not None:
            return _middle(*beside)
    return at_spawn(terrain.spawn, tiles, crowd, id) or _middle(*terrain.spawn)


def at_spawn(spawn: tuple[int, int], tiles: Tiles, crowd: Crowd, id: int) -> tuple[int, int] | None:
    """Position, in units, on a free tile near the spawn, if there is one: where nobody stands, if there is room."""
    free = _nearest_free(tiles, *spawn)
    if free is None:
        return None
    places = list(_around(tiles, free))
    untrodden = (place for place in places if not crowd.occupies(*place))
    return _middle(*next(untrodden, places[id % len(places)]))


def beside(tiles: Tiles, x: int, y: int) -> tuple[int, int] | None:
    """Position, in units, on a free tile at one side of tile x, y, if there is one. What touches only a corner of it
    may lie behind the walls of a house in whose corner it is."""
    sides = ((x, y + 1), (x - 1, y), (x + 1, y), (x, y - 1))
    return next((_middle(*tile) for tile in sides if not tiles.is_solid(*tile)), None)


def _middle(x: int, y: int) -> tuple[int, int]:
    return x * UNIT + UNIT // 2, y * UNIT + UNIT // 2


def _stands_in_solid(tiles: Tiles, x: int, y: int) -> bool:
    columns = {(x - HALF_WIDTH) // UNIT, (x + HALF_WIDTH - 1) // UNIT}
    rows = {(y - HALF_HEIGHT) // UNIT, (y + HALF_HEIGHT - 1) // UNIT}
    return any(tiles.is_solid(column, row) for column in columns for row in rows)


def _nearest_free(tiles: Tiles, x: int, y: int, within: int = _ASIDE) -> tuple[int, int] | None:
    for ring in range(within + 1):
        side = range(-ring, ring + 1)
        for tile in ((x + i, y + j) for j in side for i in side if max(abs(i), abs(j)) == ring):
            if not tiles.is_solid(*tile):
                return tile
    return None


def _around(tiles: Tiles, start: tuple[int, int]) -> Iterator[tuple[int, int]]:
    """The first _NEW tiles that one can walk to from `start`, itself the first of them."""
    seen, edge = {start}, deque([start])
    for _ in range(_NEW):
        if not edge:
            return
        x, y = edge.popleft()
        yield x, y
        for tile in ((x + 1, y), (x - 1, y), (x, y + 1), (x, y - 1)):
            if tile not in seen and not tiles.is_solid(*tile):
                seen.add(tile)
                edge.append(tile)
