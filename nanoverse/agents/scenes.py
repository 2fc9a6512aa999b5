"""The facts of a moment, as the one whose words are needed stands in it."""

from __future__ import annotations

from nanoverse.agents.memory import Memory
from nanoverse.learning.dialogue import Scene
from nanoverse.protocol import CHANNELS, PRIVATE
from nanoverse.world.blocks import BY_ID
from nanoverse.world.bodies import Body
from nanoverse.world.constants import EARSHOT, UNIT
from nanoverse.world.simulation import Simulation
from nanoverse.world.slots import is_tool

_NEAR = 5  # names told at most
_THINGS = 5  # things told at most


def scene_of(
    world: Simulation,
    memory: Memory,
    body: Body,
    channel: int,
    peer: int = 0,
    agreed: tuple[str, ...] = (),
) -> Scene:
    """The scene for talk in a channel, in private with `peer`; what was private with others has no place in it.

    `agreed` is what stands there of what was agreed on, see `agreements.standing`.
    """
    confidant = world.bodies.get(peer) if channel == PRIVATE else None
    x, y = body.x // UNIT, body.y // UNIT
    around = sorted(
        (other for other in world.bodies_within(body.x, body.y, EARSHOT) if other.id != body.id),
        key=lambda other: abs(other.x - body.x) + abs(other.y - body.y),
    )
    return Scene(
        name=body.name,
        place=world.place_name(x, y),
        biome=world.biome_at(x, y),
        time=world.time_of_day(),
        weather=world.weather(),
        holding=holding(body),
        near=tuple(other.name for other in around[:_NEAR]),
        home=world.place_name(*body.home) if body.home else "",
        did=memory.did(body.id, confidant.name if confidant else ""),
        agreed=agreed,
        talk=CHANNELS[channel],
    )


def holding(body: Body) -> tuple[str, ...]:
    """What is in the hand first, then the rest, as "3 stone"."""
    slots = [body.slots[body.selected], *body.slots[: body.selected], *body.slots[body.selected + 1 :]]
    return tuple(f"{1 if is_tool(block) else count} {BY_ID[block].name}" for block, count in slots if count)[
        :_THINGS
    ]
