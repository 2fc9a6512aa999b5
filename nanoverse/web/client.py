"""One connected player, as the tick sees it: what came in, what goes out, what is watched.

A spectator is one too, but for what comes in: its `player` is a number below zero, which nobody has.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from nanoverse.web.outbox import Outbox
from nanoverse.web.visits import Visit
from nanoverse.world.inputs import Input, Move

MAX_WAITING_MOVES = 6  # 0.3 s of walking: enough for a stutter of the network, too little for a leap
MAX_WAITING_INPUTS = 16


@dataclass(eq=False)
class Client:
    player: int
    name: str
    admin: bool
    outbox: Outbox = field(default_factory=Outbox)
    visit: Visit = field(default_factory=Visit)
    watched: frozenset[tuple[int, int]] = frozenset()
    viewpoint: tuple[int, int] | None = None  # the chunk from which one without a body looks
    moves: deque[Move] = field(default_factory=lambda: deque(maxlen=MAX_WAITING_MOVES))
    inputs: deque[Input] = field(default_factory=deque)

    def __post_init__(self) -> None:
        self.visit.outbox = self.outbox

    def submit(self, given: Input) -> bool:
        """Queue an input for the coming ticks; False if too many wait already."""
        if isinstance(given, Move):
            self.moves.append(
                given
            )  # the oldest falls out: a client that sends too fast only walks its own pace
            return True
        if len(self.inputs) >= MAX_WAITING_INPUTS:
            return False
        self.inputs.append(given)
        return True

    def take_inputs(self) -> list[tuple[int, Input]]:
        """This tick's inputs: all that wait but moves, and one move; nothing that was done before a break already."""
        new = (given for given in self.inputs if self.visit.begins(given.ref))
        taken: list[tuple[int, Input]] = [(self.player, given) for given in new]
        self.inputs.clear()
        if self.moves:
            taken.append((self.player, self.moves.popleft()))
        return taken
