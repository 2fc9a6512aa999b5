"""How the download of a model is told: a bar on the owner's console, a note for the players.

All of it runs in the thread that downloads; what is to reach the players is handed on as words.
"""

from __future__ import annotations

import logging
import math
import shutil
import sys
import time
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nanoverse.hub import Fetched

log = logging.getLogger(__name__)

STILL_WAKING = "Agents are still waking up."
NOTE_EVERY = 1.0  # seconds
LOG_EVERY = 10  # per cent
SPEED_OVER = 15.0  # seconds
SPEED_AFTER = 2.0  # seconds; what a shorter time shows is mostly chance
BAR = 24  # characters


class Pace:
    """How fast it goes: bytes per second over the last quarter of a minute, 0 if nobody can say yet."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()

    def see(self, now: float, fetched: Fetched) -> float:
        if fetched.wait or (self._seen and fetched.done < self._seen[-1][1]):
            self._seen.clear()  # what was before a break says nothing about what comes after it
        else:
            self._seen.append((now, fetched.done))
        while len(self._seen) > 2 and now - self._seen[0][0] > SPEED_OVER:
            self._seen.popleft()
        if not self._seen or now - self._seen[0][0] < SPEED_AFTER:
            return 0.0
        began, had = self._seen[0]
        return (fetched.done - had) / (now - began)


class Telling:
    """What `resolve` reports, on the console and as `note` for the players; `close` it when nobody is to hear more."""

    def __init__(self, note: Callable[[str], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._note = note
        self._clock = clock
        self._pace = Pace()
        self._noted = -math.inf
        self._logged = -LOG_EVERY  # per cent
        self._drawn = self._closed = False

    def __call__(self, fetched: Fetched) -> None:
        if self._closed:
            return
        now = self._clock()
        speed = self._pace.see(now, fetched)
        if sys.stderr.isatty():
            self._draw(bar(fetched, speed))
        else:
            self._log(fetched, speed)
        if fetched.done == fetched.total:
            self._note(STILL_WAKING)
        elif fetched.wait or now - self._noted >= NOTE_EVERY:
            self._noted = now
            self._note(f"{sentence(fetched, speed)} {STILL_WAKING}")

    def close(self) -> None:
        self._closed = True
        if self._drawn:
            print(file=sys.stderr, flush=True)

    def _draw(self, line: str) -> None:
        width = shutil.get_terminal_size().columns - 1  # a line that wraps cannot be drawn over
        print(f"\r\033[K{line[:width]}", end="", file=sys.stderr, flush=True)
        self._drawn = True

    def _log(self, fetched: Fetched, speed: float) -> None:
        if fetched.wait:
            log.warning(sentence(fetched, speed))
        elif percent(fetched) >= self._logged + LOG_EVERY:
            self._logged = percent(fetched) // LOG_EVERY * LOG_EVERY
            log.info(sentence(fetched, speed))


def percent(fetched: Fetched) -> int:
    return 100 * fetched.done // fetched.total


def sentence(fetched: Fetched, speed: float) -> str:
    """A whole sentence, without the speed that only the owner could do something about."""
    model, done, total = fetched.model, percent(fetched), fetched.total_text
    if fetched.wait:
        return f"Fetching {model}: the network broke at {done} % of {total}, trying again in {fetched.wait:.0f} s."
    if left := _left(fetched, speed):
        many, unit = left
        return f"Fetching {model}: {done} % of {total}, about {many} {unit} left."
    return f"Fetching {model}: {done} % of {total}."


def bar(fetched: Fetched, speed: float) -> str:
    full = BAR * fetched.done // fetched.total
    state = f"{speed / 1e6:.1f} MB/s" if speed else ""
    if fetched.wait:
        state = f"the network broke, trying again in {fetched.wait:.0f} s"
    left = None if fetched.wait else _left(fetched, speed)
    parts = [
        f"[{'#' * full}{'-' * (BAR - full)}] {percent(fetched):3d} %",
        f"{fetched.done_text} of {fetched.total_text}",
        state,
        "about {} {} left".format(*left) if left else "",
        fetched.model,
    ]
    return "  ".join(filter(None, parts))


def _left(fetched: Fetched, speed: float) -> tuple[int, str] | None:
    """How long it still takes, as a number and its unit; None if nobody can say."""
    if not speed or fetched.done == fetched.total:
        return None
    seconds = (fetched.total - fetched.done) / speed
    if seconds <= 90:
        return math.ceil(seconds / 10) * 10, "s"
    if seconds <= 90 * 60:
        return math.ceil(seconds / 60), "min"
    return math.ceil(seconds / 3600), "h"
