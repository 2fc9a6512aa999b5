"""The steps of one player that wait for their ticks.

A client sends one with each tick of its own clock, but a network delivers unevenly: a stutter lets ticks pass without
a step and then brings several at once. If never more than one were taken in a tick, those would wait behind each other
for as long as the player walks on, and every later step with them. So the delay is made up for, two steps in one tick
now and then, but never more of them than ticks have passed without one.
"""

from __future__ import annotations

from collections import deque

from nanoverse.world.inputs import Move

MAX_WAITING = 6  # 0.3 s of walking: enough for a stutter of the network, too little for a leap
# Ticks in a row in which a step had to wait. One may be jitter that evens out: now none comes, now two.
PATIENCE = 2


class Steps:
    """All times are in seconds, of one clock."""

    __slots__ = ("_late", "_missed", "_waiting", "came", "waited")

    def __init__(self) -> None:
        self._waiting: deque[tuple[float, Move]] = deque(maxlen=MAX_WAITING)
        self._missed = 0  # ticks without a step that may be made up for
        self._late = 0  # ticks in a row after which a step still waited
        self.came = 0  # how many there have been
        self.waited = 0.0  # how long the oldest of those had that were taken last

    def put(self, step: Move, now: float) -> None:
        """The oldest falls out when there are too many: a client that sends too fast only walks its own pace."""
        self._waiting.append((now, step))
        self.came += 1

    @property
    def gone(self) -> int:
        """How many of those that came wait no longer: they were taken, or fell out."""
        return self.came - len(self._waiting)

    def take(self, now: float) -> list[Move]:
        """The steps of one tick: none, one or two."""
        if not self._waiting:
            self._missed = min(self._missed + 1, MAX_WAITING)
            self._late = 0
            return []
        came, step = self._waiting.popleft()
        self.waited = now - came
        taken = [step]
        self._late = self._late + 1 if self._waiting else 0
        if self._late >= PATIENCE and self._missed:
            taken.append(self._waiting.popleft()[1])
            self._missed -= 1
            self._late = 0
        return taken
