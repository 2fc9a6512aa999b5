"""What agents build, of what, where and how often: few huts, out of the way of who arrives and of what others built."""

from __future__ import annotations

from dataclasses import dataclass

from nanoverse.store import works
from nanoverse.world.blocks import BLOCKS, CROPS, by_name
from nanoverse.world.bodies import Body
from nanoverse.world.constants import DAY_TICKS
from nanoverse.world.paths import Search
from nanoverse.world.simulation import Simulation

Tile = tuple[int, int]

# What is common: all else that its player has gathered or made is left for the player to use.
BUILDS_WITH = frozenset(by_name(name).id for name in ("wood", "planks", "stone", "sandstone"))
BUILDS_BEYOND = 16  # tiles around the commons in which agents build only on land of their player's
WAITS = 4  # after its n-th hut an agent waits 4ⁿ days of the world, of twenty minutes each, before it begins another
LEADS_OFF = 30  # tiles that one must be able to get away from a hut …
_LOOKS_AT = 200  # … by a way that is found among so many

_BUILT = frozenset(
    block.id
    for block in BLOCKS
    if block.layer == 1
    and (block.placeable or block.turns is not None)
    and not block.wild
    and block.id not in CROPS
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
    """What one agent builds: so that it finishes one thing before the next, and huts do not pile up."""

    def __init__(self) -> None:
        self._hut: Hut | None = None
        self._day = -1  # on which it began the last one
        self._begun = 0  # so far

    @property
    def unfinished(self) -> Hut | None:
        return self._hut if self._hut and self._hut.left else None

    def may_begin(self, world: Simulation) -> bool:
        """Whether another hut is not one too many."""
        waited = _day(world) - self._day
        return self.unfinished is None and (not self._begun or waited >= WAITS**self._begun)

    def begin(self, world: Simulation, middle: Tile) -> Hut:
        self._begun += 1
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
    """Whether there is room for a hut: its agent may build all of it, nothing is built there or right beside it, and
    from its middle there is a way off."""
    if world.is_solid(*middle) or not all(may_work(world, body, *tile) for tile in around(middle)):
        return False
    (x, y), span = middle, range(-3, 4)
    if any(world.block_at(x + dx, y + dy) in _BUILT for dy in span for dx in span):
        return False
    if not world.ways.grant(_LOOKS_AT):
        return False
    search = Search(_Standing(world, middle), middle, (x, y + LEADS_OFF), LEADS_OFF)
    search.go_on(_LOOKS_AT)
    return search.path is not None


def may_work(world: Simulation, body: Body, x: int, y: int, *, clearing: bool = False) -> bool:
    """Whether an agent changes tile x, y: leave to build on somebody's land is for its player's own hands.

    `clearing` as for `Land.refusal`."""
    land = world.land
    mine = land.owner_at(x, y) in (None, body.id)
    return mine and land.refusal(body.id, x, y, clearing=clearing) is None


class _Standing:
    """The land as it is once a hut stands on it; what is behind doors does not count as a way off."""

    def __init__(self, world: Simulation, middle: Tile) -> None:
        self._world, self._walls = world, frozenset(around(middle))

    def is_solid(self, x: int, y: int) -> bool:
        return (x, y) in self._walls or self._world.is_solid(x, y)

    def opens(self, x: int, y: int) -> bool:
        return False


def _day(world: Simulation) -> int:
    return world.tick_number // DAY_TICKS
