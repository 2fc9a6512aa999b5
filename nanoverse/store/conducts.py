"""How much each player's agent may do, and in which hours it rests; and what it drafted for its player to send."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

WATCH, DRAFT, REPLY, ACT = 0, 1, 2, 3
DAY = 24 * 60  # minutes
MOST_UNSENT = 20  # drafts of one player that are kept; the oldest go first


@dataclass(frozen=True, slots=True)
class Conduct:
    """`level`: watch (nothing), draft (write down what it would answer), reply (answer, no more) or act (everything).
    From `quiet_from` to `quiet_to`, minutes of the player's day, it only watches (equal: never). `utc_offset`: minutes
    by which the player's clock is ahead of UTC."""

    level: int = ACT
    quiet_from: int = 0
    quiet_to: int = 0
    utc_offset: int = 0

    def at(self, now: int) -> int:
        """The level that holds at `now` (ms since 1970)."""
        if self.quiet_from == self.quiet_to:
            return self.level
        minute = (now // 60_000 + self.utc_offset) % DAY
        since, length = (minute - self.quiet_from) % DAY, (self.quiet_to - self.quiet_from) % DAY
        return WATCH if since < length else self.level


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
        "INSERT OR REPLACE INTO conduct VALUES (?, ?, ?, ?, ?)",
        (player, conduct.level, conduct.quiet_from, conduct.quiet_to, conduct.utc_offset),
    )


def everything(connection: sqlite3.Connection) -> dict[int, Conduct]:
    """By player; who has never chosen is not in it."""
    return {player: Conduct(*row) for player, *row in connection.execute("SELECT * FROM conduct")}


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
