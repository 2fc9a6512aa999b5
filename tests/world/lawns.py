"""A lawn around the origin, laid by edits over whatever the seed grows there, and bodies to put onto it."""

from __future__ import annotations

from nanoverse.world.blocks import AIR, by_name
from nanoverse.world.bodies import BodyState
from nanoverse.world.constants import SLOTS, UNIT
from nanoverse.world.events import Done, Event, Refused

LAWN = 24  # tiles from the origin to its edge

Edit = tuple[int, int, int, int]


def lawn() -> list[Edit]:
    tiles = [(x, y) for x in range(-LAWN, LAWN) for y in range(-LAWN, LAWN)]
    return [(x, y, 0, by_name("grass").id) for x, y in tiles] + [(x, y, 1, AIR) for x, y in tiles]


def set_tile(x: int, y: int, name: str) -> Edit:
    block = by_name(name)
    return x, y, block.layer, block.id


def saved(x: int, y: int, *carried: tuple[str, int]) -> BodyState:
    """A body in the middle of tile x, y that carries this."""
    slots = [(by_name(name).id, count) for name, count in carried]
    slots += [(AIR, 0)] * (SLOTS - len(slots))
    return BodyState(x * UNIT + UNIT // 2, y * UNIT + UNIT // 2, 0, 0, slots)


def answers(events: list[Event], ref: int) -> list[str]:
    """How the input `ref` was answered: "done", or the reason of its refusal."""
    return [
        event.reason if isinstance(event, Refused) else "done"
        for event in events
        if isinstance(event, Done | Refused) and event.ref == ref
    ]
