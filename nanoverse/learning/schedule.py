"""When the next night is due, and until when: pure functions of the local time, the settings and the last night held.

A night is named by the local date on which its time passes, and held once per date. Only wall-clock times are compared,
so a time that daylight saving skips is due as soon as the clock is past it, and one that comes twice is held
once.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import NamedTuple

SUMMER_TIME = timedelta(hours=3)  # more than any clock is set back by when it ends


class Window(NamedTuple):
    """From the local time `at` on, and for `length`, a day at most, the turns of a night may begin."""

    at: time
    length: timedelta


def parse(night_time: str) -> time:
    """The setting `night_time`, e.g. "03:30"."""
    return time.fromisoformat(night_time)


def newest(now: datetime, at: time) -> date:
    """The newest night whose time has passed; `now` is local time without a zone."""
    today = now.date()
    return today if now.time() >= at else today - timedelta(days=1)


def closing(night: date, window: Window, since: datetime) -> datetime:
    """The local time from which on nobody's turn in this night begins.

    `since` is when the machine came on, woke up or had its model. If the window had closed by then, the night has one
    of the same length from there: a machine that is off every night learns when it comes on. No window
    reaches into the next night.
    """
    opening = datetime.combine(night, window.at)
    closes = opening + window.length
    if since >= closes:
        closes = since + window.length
    return min(closes, opening + timedelta(days=1))


def due(now: datetime, window: Window, last: date, since: datetime) -> date | None:
    """The night to hold now, or None. Several missed nights are made up by one: it learns from all words anyway.

    A `last` that lies in the future is the trace of a clock that was wrong: then the newest night counts as held,
    and the next is held in its time, instead of none until that future has come. `since` is as in `closing`.
    """
    night = newest(now, window.at)
    return night if last < night and now < closing(night, window, since) else None


def settled(now: datetime, at: time, last: date) -> date:
    """`last`, brought back to the newest night if a wrong clock had put it into the future."""
    return min(last, newest(now, at))


def next_time(now: datetime, at: time) -> datetime:
    """When the next night begins after the one whose time has passed, in local time."""
    return datetime.combine(newest(now, at) + timedelta(days=1), at)
