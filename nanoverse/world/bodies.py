"""Bodies: where players and agents are in the world and what they carry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from nanoverse.world.blocks import AIR
from nanoverse.world.constants import EDGE, SLOTS, STACK, UNIT

ASLEEP, PLAYER, AGENT = 0, 1, 2  # who drives a body


class BadState(ValueError):
    """A saved body that cannot be one; the text says why."""


@dataclass(frozen=True, slots=True)
class BodyState:
    """What is kept of a body while the server is down: plain numbers, `slots` as (block, count) pairs.

    Lists of pairs are taken too, as they come out of JSON, and slots that are missing at the end are empty. Raises
    `BadState`.
    """

    x: int
    y: int
    facing: int
    selected: int
    slots: Sequence[Sequence[int]]

    def __post_init__(self) -> None:
        slots = tuple((int(block), int(count)) for block, count in self.slots)
        object.__setattr__(self, "slots", slots + ((AIR, 0),) * (SLOTS - len(slots)))
        edge = EDGE * UNIT
        if not (-edge <= self.x < edge and -edge <= self.y < edge):
            raise BadState(f"A body cannot be at {self.x}, {self.y}: that is outside the world.")
        if self.facing not in range(4) or self.selected not in range(SLOTS):
            raise BadState(f"A body cannot face way {self.facing} with slot {self.selected} in the hand.")
        if len(slots) > SLOTS or not all((0 < b < 256 and 0 < n <= STACK) or b == n == AIR for b, n in slots):
            raise BadState(f"A body has up to {SLOTS} slots of at most {STACK} each, not {slots}.")


@dataclass(slots=True)
class Digs:
    """A dig under way: `done` of the `total` ticks it takes to get `block` from layer `layer` of tile x, y."""

    ref: int
    x: int
    y: int
    layer: int
    block: int
    total: int
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
    slots: list[list[int]] = field(default_factory=lambda: [[AIR, 0] for _ in range(SLOTS)])
    driver: int = ASLEEP
    digs: Digs | None = None

    @property
    def held(self) -> int:
        """The block in the hand, or AIR."""
        return self.slots[self.selected][0]

    @property
    def tile(self) -> tuple[int, int]:
        return self.x // UNIT, self.y // UNIT

    def state(self) -> BodyState:
        return BodyState(
            self.x, self.y, self.facing, self.selected, tuple((block, n) for block, n in self.slots)
        )

    def has_room(self, block: int) -> bool:
        return self._slot_for(block) is not None

    def take(self, block: int) -> None:
        """One more of this block: onto a stack that has room, else into the first empty slot."""
        slot = self._slot_for(block)
        assert slot is not None
        slot[:] = block, slot[1] + 1

    def spend(self, slot: int) -> None:
        """One less in this slot."""
        block, count = self.slots[slot]
        self.slots[slot] = [block, count - 1] if count > 1 else [AIR, 0]

    def _slot_for(self, block: int) -> list[int] | None:
        started = (slot for slot in self.slots if slot[0] == block and slot[1] < STACK)
        empty = (slot for slot in self.slots if slot[0] == AIR)
        return next(started, None) or next(empty, None)
