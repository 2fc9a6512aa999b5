"""When the next night is due: a pure function of the local time, the setting and the last night that was held.

A night is named by the local date on which its time passes, and held once per date. Only wall-clock times are compared,
so a time that daylight saving skips is due as soon as the clock is past it, and one that comes twice is held
once.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta


def parse(night_time: str) -> time:
    """The setting `night_time`, e.g. "03:30"."""
    return time.fromisoformat(night_time)


def newest(now: datetime, at: time) -> date:
    """The newest night whose time has passed; `now` is local time without a zone."""
    today = now.date()
    return today if now.time() >= at else today - timedelta(days=1)


def due(now: datetime, at: time, last: date) -> date | None:
    """The night to hold now, or None. Several missed nights are made up by one: it learns from all words anyway.

    A `last` that lies in the future is the trace of a clock that was wrong: then the newest night counts as held,
    and the next is held in its time, instead of none until that future has come.
    """
    night = newest(now, at)
    return night if last < night else None


def settled(now: datetime, at: time, last: date) -> date:
    """`last`, brought back to the newest night if a wrong clock had put it into the future."""
    return min(last, newest(now, at))


def next_time(now: datetime, at: time, last: date) -> datetime:
    """When the next night is held, in local time; `now` if one is due."""
    if due(now, at, last):
        return now
    return datetime.combine(newest(now, at) + timedelta(days=1), at)
