"""Bodies: where players and agents are in the world and what they carry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from nanoverse.limits import FACINGS
from nanoverse.world import slots as inventory
from nanoverse.world.blocks import AIR
from nanoverse.world.constants import EDGE, HOTBAR, SLOTS, STACK, UNIT
from nanoverse.world.slots import Slots

ASLEEP, PLAYER, AGENT = 0, 1, 2  # who drives a body


class BadState(ValueError):
    """A saved body, or chest, that cannot be one; the text says why."""


@dataclass(frozen=True, slots=True)
class BodyState:
    """What is kept of a body while the server is down: plain numbers, `slots` as (block, count) pairs, `home` the
    tile of its bed, `fed_until` the tick up to which its last meal lasts.

    Lists of pairs are taken too, as they come out of JSON, and slots that are missing at the end are empty. Raises
    `BadState`.
    """

    x: int
    y: int
    facing: int
    selected: int
    slots: Sequence[Sequence[int]]
    home: tuple[int, int] | None = None
    fed_until: int = 0

    def __post_init__(self) -> None:
        slots = tuple((int(block), int(count)) for block, count in self.slots)
        object.__setattr__(self, "slots", slots + ((AIR, 0),) * (SLOTS - len(slots)))
        edge = EDGE * UNIT
        if not (-edge <= self.x < edge and -edge <= self.y < edge):
            raise BadState(f"A body cannot be at {self.x}, {self.y}: that is outside the world.")
        if self.facing not in range(FACINGS) or self.selected not in range(HOTBAR):
            raise BadState(f"A body cannot face way {self.facing} with slot {self.selected} in the hand.")
        odd = [pair for pair in slots if not inventory.fits(*pair)]
        if len(slots) > SLOTS or odd:
            raise BadState(
                f"A body has up to {SLOTS} slots of at most {STACK} each (a tool: its uses), not {odd or slots}."
            )


@dataclass(slots=True)
class Digs:
    """A dig under way: `done` of the `total` ticks it takes to get `block` from layer `layer` of tile x, y, with `tool`
    in the hand, or AIR where bare hands do as well."""

    ref: int
    x: int
    y: int
    layer: int
    block: int
    total: int
    tool: int = AIR
    done: int = 0
    stage: int = 0


@dataclass(slots=True, eq=False)
class Body:
    """A body in the world; x, y is the middle of its feet box, in units. Only a tick changes it, but for `driver`."""

    id: int
    name: str
    look: int
    x: int
    y: int
    facing: int = 0
    selected: int = 0
    slots: Slots = field(default_factory=lambda: [[AIR, 0] for _ in range(SLOTS)])
    driver: int = ASLEEP
    digs: Digs | None = None
    home: tuple[int, int] | None = None  # the tile of its bed
    returns_at: int = 0  # the tick from which on it may return there
    paints_at: int = 0  # likewise, paint again
    fed_until: int = 0  # the tick up to which its last meal lasts

    @property
    def held(self) -> int:
        """The block in the hand, or AIR."""
        return self.slots[self.selected][0]

    @property
    def tile(self) -> tuple[int, int]:
        return self.x // UNIT, self.y // UNIT

    def state(self) -> BodyState:
        return BodyState(
            self.x,
            self.y,
            self.facing,
            self.selected,
            tuple((block, n) for block, n in self.slots),
            self.home,
            self.fed_until,
        )

    def has_room(self, block: int) -> bool:
        return inventory.has_room(self.slots, block)

    def take(self, block: int) -> None:
        """One more of this block."""
        inventory.take(self.slots, block)

    def spend(self, slot: int) -> None:
        """One less in this slot."""
        inventory.spend(self.slots, slot)
