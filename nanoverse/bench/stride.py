"""When a walking player takes the next step, as `static/js/world/stride.js` has it in a browser."""

from __future__ import annotations

import math

from nanoverse.world.constants import STEP_LEAD, STEP_SHIFT, STEP_SLACK, TICK_HZ

TICK_MS = 1000 / TICK_HZ
FIRST, SETTLED = 4, 16
LONGEST, TICKS_BEHIND = 6, 4


class Stride:
    """Times are in milliseconds of one clock."""

    def __init__(self) -> None:
        self.next_at = -math.inf
        self._owed = 0.0
        self._beat: float | None = None
        self._window = FIRST
        self._last = self._unsteady = 0
        self._answers, self._least, self._most = 0, math.inf, 0

    def begin(self, now: float) -> None:
        """The first step of a walk is made now."""
        if now < self.next_at:
            return
        self.next_at = now
        self._unsteady = self._last
        self._owed = 0.0
        if self._beat is None:
            self._listen()
            return
        after = (now - self._beat) % TICK_MS
        self._owed = TICK_MS - after if after > STEP_LEAD else -after

    def stalled(self, now: float) -> None:
        """Who comes to it so late begins anew."""
        if now - self.next_at > TICK_MS * TICKS_BEHIND:
            self.begin(now)

    def made(self, ref: int) -> None:
        """The step that was due has been made, as input `ref`."""
        self._last = ref
        if self._owed:
            self._unsteady = ref
        part = max(-STEP_SHIFT, min(STEP_SHIFT, self._owed))
        self._owed -= part
        self.next_at += TICK_MS + part

    def heard(self, ref: int, waited: int) -> None:
        """The server has answered step `ref`; it, or the one before if both went in one tick, had waited so long."""
        if self._owed or ref <= self._unsteady:
            return
        self._answers += 1
        self._least, self._most = min(self._least, waited), max(self._most, waited)
        if self._answers < self._window:
            return
        early = min(self._least, LONGEST * TICK_MS) - STEP_LEAD
        if self._most >= self._least + TICK_MS:
            early = -STEP_LEAD if self._least < TICK_MS / 2 else 0
        self._window = SETTLED
        if abs(early) > STEP_SLACK:
            self._owed = early
        self._beat = self.next_at + self._owed
        self._listen()

    def _listen(self) -> None:
        self._answers, self._least, self._most = 0, math.inf, 0
