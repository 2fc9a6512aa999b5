"""What a new chunk costs, and a tick as the world grows: more chunks that somebody changed, more players who are away.

Measured inside this process, in processor time, the small and the large world by turns: other work on the machine
slows both alike.
"""

from __future__ import annotations

import math
import random
import statistics
import time

from nanoverse.web.client import Client
from nanoverse.web.interest import Interest
from nanoverse.web.outbox import Outbox
from nanoverse.world.blocks import AIR, by_name
from nanoverse.world.bodies import BodyState
from nanoverse.world.constants import CHUNK, UNIT
from nanoverse.world.inputs import Input, Move
from nanoverse.world.simulation import Simulation

WALKERS = 50
ROUNDS = 15
_CHUNKS = 200
_TURN = 10  # ticks one way, and as many back
_TICKS = 6 * _TURN  # in a round
_LAWN = 40  # tiles around the spawn where nothing is in the way
_WAYS = [(x, y) for x in (-1, 0, 1) for y in (-1, 0, 1) if x or y]


def figures(
    chunks: tuple[int, int] = (100, 100_000), away: tuple[int, int] = (10, 1_000)
) -> dict[str, float]:
    """Cost of a new chunk, and of a tick with 50 players who walk, in the larger world against the smaller one: by
    chunks that are stored, and by players who are not connected."""
    few, many = (_Crowd(stored, away[0]) for stored in chunks)
    quiet, crowded = (_Crowd(chunks[0], absent) for absent in away)
    grown = _chunks_ms()
    return {
        "chunk_ms_p50": statistics.median(grown),
        "chunk_ms_max": max(grown),
        "tick_ratio_stored_chunks": _ratio(many, few),
        "tick_ratio_players_away": _ratio(crowded, quiet),
    }


def _chunks_ms() -> list[float]:
    """Milliseconds of processor time for each of some chunks that nobody has seen, in a row to the east."""
    world, taken = Simulation(1), []
    for x in range(_CHUNKS):
        began = time.process_time()
        world.chunk(x, 50)
        taken.append(1000 * (time.process_time() - began))
    return taken


def _ratio(large: _Crowd, small: _Crowd) -> float:
    for world in (large, small):
        world.seconds()  # the ground around must have grown in both
    return statistics.median(large.seconds() / small.seconds() for _ in range(ROUNDS))


class _Crowd:
    """Players who walk to and fro on a lawn around the spawn, in a world of so many changed chunks and so many bodies
    without a player."""

    def __init__(self, stored: int, away: int) -> None:
        stone, side = by_name("stone").id, math.isqrt(stored - 1) + 1
        places = [(CHUNK * (n % side), CHUNK * (n // side)) for n in range(stored)]
        middle = CHUNK * (side // 2)
        spawn_x, spawn_y = Simulation(1).spawn
        reach = range(-_LAWN, _LAWN)
        lawn = [(spawn_x + x, spawn_y + y) for x in reach for y in reach]
        edits = [(x - middle, y - middle, 1, stone) for x, y in places]
        edits += [(x, y, 0, by_name("grass").id) for x, y in lawn] + [(x, y, 1, AIR) for x, y in lawn]
        self._world = Simulation(1, edits)
        spread = random.Random(1)
        for number in range(away):
            x, y = spread.randint(-4000, 4000), spread.randint(-4000, 4000)
            asleep = BodyState(x * UNIT, y * UNIT, 0, 0, ())
            self._world.add_body(WALKERS + number, f"away{number}", 0, asleep)
        for player in range(WALKERS):
            self._world.add_body(player, f"here{player}", 0, None)
        self._interest = Interest(self._world)
        self._clients = [Client(player, "", False) for player in range(WALKERS)]
        for client in self._clients:
            self._interest.add_client(client)

    def seconds(self) -> float:
        """Processor time of some ticks, the same steps each time; everybody ends where they began."""
        steps = random.Random(2)
        taken = 0.0
        for tick in range(_TICKS):
            if tick % (2 * _TURN) == 0:
                ways = [steps.choice(_WAYS) for _ in range(WALKERS)]
            elif tick % _TURN == 0:
                ways = [(-x, -y) for x, y in ways]
            inputs: list[tuple[int, Input]] = [(player, Move(1, *way)) for player, way in enumerate(ways)]
            began = time.process_time()
            self._interest.publish(self._world.tick(inputs))
            taken += time.process_time() - began
            for client in self._clients:
                client.outbox = Outbox()
        return taken
