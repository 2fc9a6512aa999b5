"""What grows: crops step by step, and on wild land the trees and plants that were taken.

Things grow in and around the chunks in which an awake body is, so the cost does not depend on how large the world is or
how many sleep in it. Once in a ROUND each of these chunks is visited, a few in a tick; at a visit each tile that can
grow does so by chance, drawn from the seed, the tile and the round.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from zlib import crc32

from nanoverse.world.blocks import AIR, BY_ID
from nanoverse.world.bodies import ASLEEP
from nanoverse.world.constants import CHUNK, TICK_HZ
from nanoverse.world.events import BlockChanged, Event
from nanoverse.world.tiles import BLOCK, GROUND

if TYPE_CHECKING:
    from nanoverse.world.simulation import Simulation

ROUND = 30 * TICK_HZ  # ticks
CROP_ROUNDS = 6  # that a crop needs for one step, in the mean
WILD_ROUNDS = 120  # that wild growth needs to come back, in the mean: an hour, three days of the world
CLEAR = 2  # tiles around something built on which nothing wild grows back

ChunkId = tuple[int, int]


class Growth:
    def __init__(self) -> None:
        self._round: list[ChunkId] = []  # to be visited in this round

    def tick(self, world: Simulation, events: list[Event]) -> None:
        number, at = divmod(world.tick_number, ROUND)
        if at == 0:
            self._round = _awake_chunks(world)
        share = -(-len(self._round) // ROUND)
        for key in self._round[at * share : (at + 1) * share]:
            for x, y, becomes in _ripe(world, key, number):
                before = world.block_at(x, y)
                world.tiles.put(x, y, BLOCK, becomes)
                events.append(BlockChanged(x, y, BLOCK, becomes, 0, before))


def _awake_chunks(world: Simulation) -> list[ChunkId]:
    """Chunks that were changed, in and around which somebody is awake; their order is the same in every run."""
    span = (-1, 0, 1)
    found: dict[ChunkId, None] = {}
    for body in world.bodies.values():
        if body.driver != ASLEEP:
            cx, cy = (at // CHUNK for at in body.tile)
            found.update(dict.fromkeys((cx + i, cy + j) for j in span for i in span))
    return [key for key in found if world.tiles.is_changed(*key)]


def _ripe(world: Simulation, key: ChunkId, number: int) -> list[tuple[int, int, int]]:
    """The tiles of a chunk where something grows now, and into what."""
    wild = world.tiles.wild(*key)
    found = []
    for (x, y), block in world.tiles.changed(*key):
        becomes = BY_ID[block].grows if block in BY_ID else None
        if becomes is not None:
            grows = _draw(world.seed, x, y, number) % CROP_ROUNDS == 0
        elif block == AIR and (x, y) in wild:
            becomes = wild[x, y]
            grows = _draw(world.seed, x, y, number) % WILD_ROUNDS == 0 and _is_left_alone(world, x, y)
        else:
            continue
        if grows and not (BY_ID[becomes].solid and world.occupied(x, y)):
            found.append((x, y, becomes))
    return found


def _draw(seed: int, x: int, y: int, number: int) -> int:
    return crc32(f"{seed} {x} {y} {number}".encode())


def _is_left_alone(world: Simulation, x: int, y: int) -> bool:
    """Whether nobody claimed, dug or painted this tile, nor built near it."""
    tiles = world.tiles
    if world.land.owner_at(x, y) is not None or tiles.edit(x, y, GROUND) is not None or world.paint_at(x, y):
        return False
    around = range(-CLEAR, CLEAR + 1)
    near = (tiles.edit(x + i, y + j, BLOCK) for j in around for i in around)
    return all(block is None or block == AIR or BY_ID[block].wild for block in near)
