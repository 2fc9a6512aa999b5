"""What a tick costs as the world grows: more chunks that somebody changed, more players who are away.

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
from nanoverse.world.blocks import by_name
from nanoverse.world.bodies import BodyState
from nanoverse.world.constants import CHUNK, UNIT
from nanoverse.world.inputs import Input, Move
from nanoverse.world.simulation import Simulation

WALKERS = 50
ROUNDS = 15
_TICKS = 60  # in a round
_WAYS = [(x, y) for x in (-1, 0, 1) for y in (-1, 0, 1) if x or y]


def figures(
    chunks: tuple[int, int] = (100, 100_000), away: tuple[int, int] = (10, 1_000)
) -> dict[str, float]:
    """Cost of a tick with 50 players who walk, in the larger world against the smaller one: by chunks that are stored,
    and by players who are not connected."""
    few, many = (_World(stored, away[0]) for stored in chunks)
    quiet, crowded = (_World(chunks[0], absent) for absent in away)
    return {
        "tick_ratio_stored_chunks": _ratio(many, few),
        "tick_ratio_players_away": _ratio(crowded, quiet),
    }


def _ratio(large: _World, small: _World) -> float:
    large.seconds(), small.seconds()  # the ground around must have grown in both
    return statistics.median(large.seconds() / small.seconds() for _ in range(ROUNDS))


class _World:
    """Players who walk around the spawn, in a world of so many changed chunks and so many bodies without a player."""

    def __init__(self, stored: int, away: int) -> None:
        stone, side = by_name("stone").id, math.isqrt(stored - 1) + 1
        places = [(CHUNK * (n % side), CHUNK * (n // side)) for n in range(stored)]
        middle = CHUNK * (side // 2)
        self._world = Simulation(1, [(x - middle, y - middle, 1, stone) for x, y in places])
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
        """Processor time of some ticks, the same steps each time; everybody ends where they began, or near it."""
        steps = random.Random(2)
        taken = 0.0
        for tick in range(_TICKS):
            if tick % 20 == 0:
                ways = [steps.choice(_WAYS) for _ in range(WALKERS)]
            inputs: list[tuple[int, Input]] = [(player, Move(1, *way)) for player, way in enumerate(ways)]
            began = time.process_time()
            self._interest.publish(self._world.tick(inputs))
            taken += time.process_time() - began
            for client in self._clients:
                client.outbox = Outbox()
        return taken
