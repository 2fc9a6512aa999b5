"""Taking back what was changed: one tile and layer at a time, with the things that went with it, or not at all.

A thing that a change gave or cost goes the other way: out of the slots of whom it was given to, into the slots of who
spent it. So a roll-back makes nothing and loses nothing, however often things are dug and rolled back, as long as a
`backer` stands in for what a player no longer has or has no room for: the owner of the land who asks for it, or the
player who asks for what their own agent did. Without a backer (the admin asks) what is gone is made anew and what has
no room is lost: the world's repair comes first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nanoverse.world import slots
from nanoverse.world.blocks import AIR, BY_ID
from nanoverse.world.bodies import Body
from nanoverse.world.chests import CHEST, Chests
from nanoverse.world.crowd import Crowd
from nanoverse.world.events import BlockChanged, Event, NotUndone, Settled, Written
from nanoverse.world.land import Land
from nanoverse.world.signs import BLANK, SIGN, Words
from nanoverse.world.slots import Slots
from nanoverse.world.tiles import BLOCK, GROUND, PAINT, Tiles

if TYPE_CHECKING:
    from nanoverse.world.simulation import Simulation


CHANGED = "somebody changed it since"
WRITING = 3  # what stands on a sign, as a layer of its tile: in the log, not in the world's tiles


@dataclass(frozen=True, slots=True)
class Undo:
    """Turn layer `layer` of tile x, y from `now` back into `then`, or the writing there into `words`. `changes` are the
    ids of the changes that this takes back, `things` what each body gets for it (negative: gives), by body and block.
    `backer` asks for it, and must be allowed to change the tile."""

    x: int
    y: int
    layer: int
    now: int
    then: int
    changes: tuple[int, ...]
    things: Mapping[tuple[int, int], int]
    backer: int | None = None
    words: Words = BLANK


def take_back(world: Simulation, undo: Undo, events: list[Event]) -> None:
    """Do it, or say by `NotUndone` why not."""
    reason = _why_not_undo(world.tiles, world.crowd, world.chests, world.land, undo)
    after = reason or _settle(world.bodies, undo)
    if isinstance(after, str):
        events.append(NotUndone(after))
        return
    x, y, layer = undo.x, undo.y, undo.layer
    if layer == WRITING:
        text, by = undo.words
        world.signs.write(x, y, text if by in world.bodies else "", by)
        events.append(Written(0, x, y, undoes=undo.changes))
        return
    before = world.tiles.get(x, y, layer)
    world.tiles.put(x, y, layer, undo.then)
    if layer == BLOCK and world.signs.clear(x, y):
        events.append(Written(0, x, y))
    events.append(BlockChanged(x, y, layer, undo.then, 0, before, undoes=undo.changes))
    for id, held_slots in after.items():
        body = world.bodies[id]
        held = body.held
        events.append(Settled(id, _difference(body.slots, held_slots)))
        body.slots = held_slots
        world.carries(body, held, events)


def _why_not_undo(tiles: Tiles, crowd: Crowd, chests: Chests, land: Land, undo: Undo) -> str | None:
    # What grew in the commons may stand there again: that is not building.
    if undo.backer is not None and land.refusal(undo.backer, undo.x, undo.y, clearing=True):
        return "it is somebody else's land now"
    if undo.layer == WRITING:
        return None if tiles.get(undo.x, undo.y, BLOCK) == SIGN else CHANGED
    there = tiles.get(undo.x, undo.y, undo.layer)
    if not leads(undo.layer, undo.now, there):
        return CHANGED
    if undo.layer == PAINT:
        return None
    if undo.layer == BLOCK and there == CHEST and chests.filled(undo.x, undo.y):
        return "there is something in the chest"
    then = BY_ID.get(undo.then)
    if then is not None and then.solid and crowd.occupies(undo.x, undo.y):
        return "somebody stands there"
    if undo.layer == GROUND and tiles.get(undo.x, undo.y, BLOCK) != AIR:
        return "something stands on it"
    return None


def leads(layer: int, after: int, there: int) -> bool:
    """Whether what a change left behind is what is there now if nobody has changed it since: also a door that was used,
    and a crop that grew."""
    if layer == WRITING or after == there:  # writing has its words instead
        return True
    return layer != PAINT and (turned(there) == after or _grew(after, there))


def turned(block: int) -> int | None:
    """The same thing in its other state: a door that is open or shut."""
    kind = BY_ID.get(block)
    return kind.turns if kind else None


def _grew(from_block: int, block: int) -> bool:
    """Whether a crop is what became of another."""
    kind = BY_ID.get(from_block)
    while kind is not None and kind.grows is not None:
        kind = BY_ID[kind.grows]
        if kind.id == block:
            return True
    return False


def _settle(bodies: Mapping[int, Body], undo: Undo) -> dict[int, Slots] | str:
    """The slots of all concerned after it; the reason if somebody lacks the thing, or the room for it."""
    after: dict[int, Slots] = {}

    def of(body: int) -> Slots | None:
        if body not in after and body in bodies:
            after[body] = [list(slot) for slot in bodies[body].slots]
        return after.get(body)

    for (body, block), many in sorted(undo.things.items()):
        for _ in range(abs(many)):
            moved = any(
                (_give if many > 0 else _take)(held, block)
                for held in map(of, (body, undo.backer or 0))
                if held is not None
            )
            if not moved and undo.backer is not None:
                return "there is no room for what was placed" if many > 0 else "what was taken is gone"
            if not moved:  # nor would the next one be
                break
    return after


def _give(held: Slots, block: int) -> bool:
    if not slots.has_room(held, block):
        return False
    slots.take(held, block)
    return True


def _take(held: Slots, block: int) -> bool:
    if slots.is_tool(block) or not slots.carried(held, block):
        return False
    slots.remove(held, block, 1)
    return True


def _difference(before: Slots, after: Slots) -> tuple[tuple[int, int], ...]:
    """What slots have more of than before, and less (negative), by block."""
    moved: Counter[int] = Counter()
    for sign, held in ((-1, before), (1, after)):
        for block, count in held:
            moved[block] += sign * count
    return tuple((block, many) for block, many in sorted(moved.items()) if many)


def things_of(changes: list[tuple[int | None, int, int]]) -> dict[tuple[int, int], int]:
    """What bodies get when changes, each as (body, gave, cost), are taken back; 0 stands for a body that is gone."""
    things: Counter[tuple[int, int]] = Counter()
    for body, gave, cost in changes:
        if gave != AIR:
            things[body or 0, gave] -= 1
        if cost != AIR:
            things[body or 0, cost] += 1
    return {key: many for key, many in things.items() if many}
