"""What agents build, where and how often: one hut after another, out of the way of who arrives."""

from __future__ import annotations

from dataclasses import dataclass

from nanoverse.store import works
from nanoverse.world.blocks import BY_ID
from nanoverse.world.bodies import Body
from nanoverse.world.constants import DAY_TICKS
from nanoverse.world.recipes import STATIONS
from nanoverse.world.simulation import Simulation

Tile = tuple[int, int]

BUILDS_BEYOND = 16  # tiles around the commons in which agents build only on land of their player's
BUILDS_A_DAY = 1  # huts that one agent begins in a day of the world, which is twenty minutes

BUILDS_WITH = frozenset(
    block.id
    for block in BY_ID.values()
    if block.layer == 1 and block.solid and block.placeable and block.id not in STATIONS and not block.use
)
# A hut of five by five around its middle, open to the south.
_HUT: tuple[Tile, ...] = tuple(
    (x, y) for y in range(-2, 3) for x in range(-2, 3) if max(abs(x), abs(y)) == 2 and (x, y) != (0, 2)
)
ASKS = len(_HUT)  # blocks that have to be carried before one is begun


@dataclass(frozen=True, slots=True)
class Hut:
    """One that is being built; `left` are the tiles of its walls that are still to be set, the next one last: it is
    the beginning of all that are `around` the middle."""

    middle: Tile
    left: list[Tile]


class Works:
    """What one agent builds: so that it finishes one thing before the next, and begins few in a day."""

    def __init__(self) -> None:
        self._hut: Hut | None = None
        self._day = -1
        self._begun = 0

    @property
    def unfinished(self) -> Hut | None:
        return self._hut if self._hut and self._hut.left else None

    def may_begin(self, world: Simulation) -> bool:
        """Whether another hut is not too many today."""
        return self.unfinished is None and (self._day != _day(world) or self._begun < BUILDS_A_DAY)

    def begin(self, world: Simulation, middle: Tile) -> Hut:
        self._begun = self._begun + 1 if self._day == _day(world) else 1
        self._day = _day(world)
        self._hut = Hut(middle, around(middle))
        return self._hut

    def give_up(self) -> None:
        """Whatever is unfinished stays as it is."""
        self._hut = None

    def kept(self, player: int) -> works.Works:
        """What is to be remembered of this agent's works while the server is down."""
        hut = self.unfinished
        return works.Works(
            player, self._day, self._begun, hut.middle if hut else None, len(hut.left) if hut else 0
        )

    @classmethod
    def remembered(cls, row: works.Works) -> Works:
        found = cls()
        found._day, found._begun = row.day, row.begun
        found._hut = Hut(row.middle, around(row.middle)[: row.left]) if row.middle else None
        return found


def around(middle: Tile) -> list[Tile]:
    """The tiles of a hut's walls."""
    return [(middle[0] + dx, middle[1] + dy) for dx, dy in _HUT]


def crowds_spawn(world: Simulation, body: Body, middle: Tile) -> bool:
    """Whether a hut there would be in sight of who arrives; on their own land, players may have what they like."""
    land = world.land
    if not land.commons or all(land.owner_at(*tile) == body.id for tile in around(middle)):
        return False
    away = max(abs(middle[0] - land.spawn[0]), abs(middle[1] - land.spawn[1]))
    return away < land.commons + BUILDS_BEYOND


def fits(world: Simulation, body: Body, middle: Tile) -> bool:
    """Whether there is room for a hut: its player may build on all of it, and nothing is built there yet."""
    if world.is_solid(*middle):
        return False
    return all(
        world.may_change(body, *tile) and world.block_at(*tile) not in BUILDS_WITH for tile in around(middle)
    )


def _day(world: Simulation) -> int:
    return world.tick_number // DAY_TICKS
