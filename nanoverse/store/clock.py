"""The time that the log of changes, land, deeds, digests and visits go by: the machine's, but it never runs backwards.

What somebody has read, and what a roll-back means, is told from the rest by time. When the machine's clock is set back,
this one goes on from where it was, at its own pace, and is ahead of the machine's until that has caught up.
"""

from __future__ import annotations

import sqlite3
import time


def now_ms() -> int:
    """ms since 1970 by the machine's own clock, which is set back at times."""
    return time.time_ns() // 1_000_000


class Clock:
    def __init__(self, reached: int = 0) -> None:
        """Later than `reached` (ms), see the function."""
        self._now = max(time.time_ns(), (reached + 1) * 1_000_000)
        self._read_at = time.monotonic_ns()

    def now(self) -> int:
        """ms since 1970."""
        read_at = time.monotonic_ns()
        self._now = max(time.time_ns(), self._now + read_at - self._read_at)
        self._read_at = read_at
        return self._now // 1_000_000


def reached(connection: sqlite3.Connection) -> int:
    """The newest time (ms) by which anything here is told from what came later, 0 in a new world."""
    # Of the log, which is long, only the newest change of each player is looked at.
    (newest,) = connection.execute(
        "SELECT max(time) FROM (SELECT (SELECT time FROM change WHERE player IS nullif(change_count.player, 0)"
        " ORDER BY time DESC LIMIT 1) AS time FROM change_count UNION ALL SELECT max(time) FROM claim"
        " UNION ALL SELECT max(time) FROM deed UNION ALL SELECT max(to_time) FROM digest_mark"
        " UNION ALL SELECT max(seen) FROM player)"
    ).fetchone()
    return int(newest or 0)
