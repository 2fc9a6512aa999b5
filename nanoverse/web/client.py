"""One connected player, as the tick sees it: what came in, what goes out, what is watched.

A spectator is one too, but for what comes in: its `player` is a number below zero, which nobody has.
"""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field

from nanoverse.protocol import MOST_WAITING
from nanoverse.web.outbox import Outbox
from nanoverse.web.steps import Steps
from nanoverse.web.visits import Visit
from nanoverse.world.inputs import Go, Input, Move


@dataclass(eq=False)
class Client:
    player: int
    name: str
    admin: bool
    outbox: Outbox = field(default_factory=Outbox)
    visit: Visit = field(default_factory=Visit)
    shunned: frozenset[int] = frozenset()  # whom the player has muted or blocked
    watched: frozenset[tuple[int, int]] = frozenset()
    viewpoint: tuple[int, int] | None = None  # the chunk from which one without a body looks
    steps: Steps = field(default_factory=Steps)
    _acts: deque[tuple[int, Input]] = field(default_factory=deque)  # each with how many steps came before it

    def __post_init__(self) -> None:
        self.visit.outbox = self.outbox

    def submit(self, given: Input) -> bool:
        """Queue an input for the coming ticks; False if too many wait already."""
        if isinstance(given, Move):
            self.steps.put(given, time.monotonic())
            return True
        if len(self._acts) >= MOST_WAITING:  # after a break a page sends all of them again at once
            return False
        self._acts.append((self.steps.came, given))
        return True

    def take_inputs(self) -> list[tuple[int, Input]]:
        """This tick's inputs, in the order in which they came: its steps, and all else that came before the next one;
        nothing that was done before a break already."""
        steps = self.steps.take(time.monotonic())
        gone = self.steps.gone - len(steps)
        taken = self._acts_after(gone)
        for step in steps:
            gone += 1
            taken += [step, *self._acts_after(gone)]
        return [(self.player, given) for given in taken]

    def _acts_after(self, steps: int) -> list[Input]:
        """What came before the step after these: so it waits for as long as steps do, and no longer."""
        taken: list[Input] = []
        while self._acts and self._acts[0][0] <= steps:
            _, given = self._acts.popleft()
            # A way is never asked for twice by one number: after a break the body may be elsewhere.
            if isinstance(given, Go) or self.visit.begins(given.ref):
                taken.append(given)
        return taken
