"""An inventory: a list of slots, each [block, count], [AIR, 0] where empty.

A slot holds up to STACK of one kind. A tool has a slot to itself, and its count is the uses that are left of it; so it
is saved and sent as everything else is, and wears away as a stack is spent.
"""

from __future__ import annotations

from nanoverse.world.blocks import AIR, BY_ID
from nanoverse.world.constants import STACK

Slots = list[list[int]]


def is_tool(block: int) -> bool:
    kind = BY_ID.get(block)
    return kind is not None and kind.uses > 0


def limit(block: int) -> int:
    """The highest count that a slot with this block can have."""
    return BY_ID[block].uses if is_tool(block) else STACK


def fits(block: int, count: int) -> bool:
    """Whether a slot can hold this."""
    return (0 < block < 256 and 0 < count <= limit(block)) or block == count == AIR


def carried(slots: Slots, block: int) -> int:
    return sum(count for held, count in slots if held == block)


def has_room(slots: Slots, block: int) -> bool:
    """Whether one more of this block can be taken. Of nothing (`AIR`) there is no more to take."""
    return block != AIR and _slot_for(slots, block) is not None


def take(slots: Slots, block: int) -> None:
    """One more of this block: onto a stack that has room, else into the first empty slot."""
    slot = _slot_for(slots, block)
    assert slot is not None
    slot[:] = block, BY_ID[block].uses if is_tool(block) else slot[1] + 1


def spend(slots: Slots, slot: int, many: int = 1) -> None:
    """So many less in this slot: pieces of a stack, or uses of a tool."""
    block, count = slots[slot]
    slots[slot] = [block, count - many] if count > many else [AIR, 0]


def remove(slots: Slots, block: int, many: int) -> None:
    """So many less of this block, the last slots first, so that what is at hand stays there longest."""
    for slot in reversed(range(len(slots))):
        if slots[slot][0] == block and many:
            taken = min(many, slots[slot][1])
            spend(slots, slot, taken)
            many -= taken
    assert many == 0


def move(slots: Slots, a: int, b: int) -> None:
    """Exchange two slots; where both hold the same kind, pour as much of the first onto the second as fits."""
    (block, count), (other, filled) = slots[a], slots[b]
    poured = min(count, STACK - filled) if a != b and block == other != AIR and not is_tool(block) else 0
    if poured > 0:
        spend(slots, a, poured)
        slots[b] = [block, filled + poured]
    else:
        slots[a], slots[b] = slots[b], slots[a]


def split(slots: Slots, a: int, b: int) -> str | None:
    """Put half of a stack, rounded down, into an empty slot or onto one of the same kind; a sentence if that cannot
    be."""
    (block, count), (other, filled) = slots[a], slots[b]
    if is_tool(block) or count < 2:
        return "There is nothing to halve."
    if a == b or other not in (AIR, block):
        return "Half of it goes into an empty slot, or onto the same kind."
    half = min(count // 2, STACK - filled)
    if half == 0:
        return "That stack is full."
    spend(slots, a, half)
    slots[b] = [block, filled + half]
    return None


def _slot_for(slots: Slots, block: int) -> list[int] | None:
    started = (slot for slot in slots if slot[0] == block and slot[1] < STACK and not is_tool(block))
    empty = (slot for slot in slots if slot[0] == AIR)
    return next(started, None) or next(empty, None)
