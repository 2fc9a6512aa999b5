"""What lies in the chests of the world, by the tile that each stands on, and who looks into which.

Nothing is made or lost here: a thing goes from a bag into a chest and back in one step. What a chest held stays with
its tile even if the chest itself is gone (a roll-back took it away): whoever sets up a chest there finds it again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from nanoverse.world import slots
from nanoverse.world.blocks import AIR, by_name
from nanoverse.world.bodies import BadState
from nanoverse.world.constants import CHEST_SLOTS, SLOTS
from nanoverse.world.inputs import Stow
from nanoverse.world.slots import Slots

Tile = tuple[int, int]
Filled = tuple[int, int, Sequence[Sequence[int]]]  # x, y, (block, count) pairs

CHEST = by_name("chest").id


class Chests:
    def __init__(self, filled: Iterable[Filled]) -> None:
        """`filled` are the chests as they were saved. Raises `BadState` for slots that cannot be."""
        self._slots: dict[Tile, Slots] = {}  # of those in which something lies
        self._viewers: dict[Tile, dict[int, None]] = {}
        self._looks_at: dict[int, Tile] = {}
        for x, y, content in filled:
            if len(content) > CHEST_SLOTS or not all(slots.fits(*pair) for pair in content):
                raise BadState(f"The chest at {x}, {y} cannot hold {content}.")
            self._slots[x, y] = [list(pair) for pair in content] + _empty(CHEST_SLOTS - len(content))

    def content(self, x: int, y: int) -> Slots:
        """A copy of the CHEST_SLOTS slots of the chest at this tile."""
        return [list(slot) for slot in self._slots.get((x, y), ())] or _empty(CHEST_SLOTS)

    def filled(self, x: int, y: int) -> bool:
        return (x, y) in self._slots

    # Who looks into which; a body looks into one at a time.

    def look(self, body: int, x: int, y: int) -> None:
        self.look_away(body)
        self._looks_at[body] = x, y
        self._viewers.setdefault((x, y), {})[body] = None

    def look_away(self, body: int) -> None:
        tile = self._looks_at.pop(body, None)
        if tile is not None:
            del self._viewers[tile][body]
            if not self._viewers[tile]:
                del self._viewers[tile]

    def viewers(self, x: int, y: int) -> list[int]:
        return list(self._viewers.get((x, y), ()))

    # What is moved.

    def stow(self, bag: Slots, stow: Stow) -> tuple[Slots, tuple[tuple[int, int], ...]] | str:
        """Move between a bag and a chest, or within either: the bag as it is then, and what its owner gained and lost
        as (block, count) pairs; or a sentence, and nothing has changed."""
        end = SLOTS + CHEST_SLOTS
        for slot in (stow.a, stow.b):
            if slot not in range(end):
                return f"There is no slot {slot}."
        both = [list(slot) for slot in bag] + self.content(stow.x, stow.y)
        before = [list(both[slot]) for slot in (stow.a, stow.b)]
        if stow.half:
            if reason := slots.split(both, stow.a, stow.b):
                return reason
        else:
            slots.move(both, stow.a, stow.b)
        after = [both[slot] for slot in (stow.a, stow.b)]
        self._keep((stow.x, stow.y), both[SLOTS:])
        moved = [
            (block, sign * count)
            for slot, was, now in zip((stow.a, stow.b), before, after, strict=True)
            if slot < SLOTS
            for (block, count), sign in ((was, -1), (now, 1))
            if block != AIR
        ]
        return both[:SLOTS], tuple(moved)

    def _keep(self, tile: Tile, content: Slots) -> None:
        if any(block != AIR for block, _ in content):
            self._slots[tile] = content
        else:
            self._slots.pop(tile, None)


def _empty(many: int) -> Slots:
    return [[AIR, 0] for _ in range(many)]
