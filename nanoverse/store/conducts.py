"""How much each player's agent may do, in which hours it rests and whether it learns; and what it drafted for its
player to send."""

from __future__ import annotations

import sqlite3
from dataclasses import astuple, dataclass
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

WATCH, DRAFT, REPLY, ACT = 0, 1, 2, 3
DAY = 24 * 60  # minutes
MOST_UNSENT = 20  # drafts of one player that are kept; the oldest go first


@dataclass(frozen=True, slots=True)
class Conduct:
    """`level`: watch (nothing), draft (write down what it would answer), reply (answer, no more) or act (everything).
    From `quiet_from` to `quiet_to`, minutes of the player's day, it only watches (equal: never). The player's clock is
    that of the IANA time zone `zone`, such as "Europe/Berlin"; if it is "" or not known here, the one that is
    `utc_offset` minutes ahead of UTC all year. `learns`: whether it has lessons."""

    level: int = ACT
    quiet_from: int = 0
    quiet_to: int = 0
    utc_offset: int = 0
    zone: str = ""
    learns: bool = True

    def at(self, now: int) -> int:
        """The level that holds at `now` (ms since 1970)."""
        if self.quiet_from == self.quiet_to:
            return self.level
        minute = self._minute(now)
        since, length = (minute - self.quiet_from) % DAY, (self.quiet_to - self.quiet_from) % DAY
        return WATCH if since < length else self.level

    def _minute(self, now: int) -> int:
        """Of the player's day."""
        zone = time_zone(self.zone)
        if zone is None:
            return (now // 60_000 + self.utc_offset) % DAY
        clock = datetime.fromtimestamp(now // 1000, zone)
        return 60 * clock.hour + clock.minute


@lru_cache(maxsize=1000)  # zoneinfo itself remembers eight; every agent's is asked for in every tick
def time_zone(name: str) -> ZoneInfo | None:
    """The IANA time zone of this name; None if this machine knows none."""
    try:
        return ZoneInfo(name) if name else None
    except (KeyError, ValueError, OSError):  # no such zone; no name of one; a folder of zones
        return None


@dataclass(frozen=True, slots=True)
class Unsent:
    """What an agent would have said in a channel (in private to `peer`), in answer to a message."""

    id: int
    channel: int
    peer: int
    reply_to: int
    text: str
    version: int
    prompt: str
    time: int


def put(connection: sqlite3.Connection, player: int, conduct: Conduct) -> None:
    connection.execute(
        "INSERT OR REPLACE INTO conduct VALUES (?, ?, ?, ?, ?, ?, ?)",
        (player, *astuple(conduct)),
    )


def everything(connection: sqlite3.Connection) -> dict[int, Conduct]:
    """By player; who has never chosen is not in it."""
    rows = connection.execute("SELECT * FROM conduct")
    return {
        player: Conduct(level, since, until, offset, zone, bool(learns))
        for player, level, since, until, offset, zone, learns in rows
    }


def learns(connection: sqlite3.Connection, player: int) -> bool:
    row = connection.execute("SELECT learns FROM conduct WHERE player = ?", (player,)).fetchone()
    return row is None or bool(row[0])


def draft(
    connection: sqlite3.Connection,
    player: int,
    channel: int,
    peer: int,
    reply_to: int,
    text: str,
    version: int,
    prompt: str,
    now: int,
) -> None:
    connection.execute(
        "INSERT INTO unsent (player, channel, peer, reply_to, text, version, prompt, time)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (player, channel, peer or None, reply_to or None, text, version, prompt, now),
    )
    connection.execute(
        "DELETE FROM unsent WHERE player = ?1 AND id NOT IN"
        " (SELECT id FROM unsent WHERE player = ?1 ORDER BY id DESC LIMIT ?2)",
        (player, MOST_UNSENT),
    )


def unsent(connection: sqlite3.Connection, player: int) -> list[Unsent]:
    """What waits for the player, oldest first."""
    rows = connection.execute(
        "SELECT id, channel, coalesce(peer, 0), coalesce(reply_to, 0), text, version, prompt, time FROM unsent"
        " WHERE player = ? ORDER BY id",
        (player,),
    )
    return [Unsent(*row) for row in rows]


def drop(connection: sqlite3.Connection, player: int, number: int) -> Unsent | None:
    """Take a draft out; None if the player has no such one."""
    found = next((each for each in unsent(connection, player) if each.id == number), None)
    if found:
        connection.execute("DELETE FROM unsent WHERE id = ?", (number,))
    return found
