"""A player's own words from another world: learnt from as theirs, shown to nobody, and no part of any talk here."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection

Line = tuple[str, int]  # text, and when it was said (ms)


def add(
    connection: sqlite3.Connection, player: int, lines: Collection[Line], most: int, now: int
) -> tuple[int, int]:
    """Keep lines, of one player at most `most`; returns how many are new, and how many found no room.

    What the player has imported before, or said or rewritten here at that moment, is not new.
    """
    kept, added, left = count(connection, player), 0, 0
    said = _said_then(connection, player, lines)
    for text, time in lines:
        if kept + added >= most:
            left += 1
        elif (text, time) not in said:
            added += connection.execute(
                "INSERT OR IGNORE INTO imported (player, text, time, added) VALUES (?, ?, ?, ?)",
                (player, text, time, now),
            ).rowcount
    return added, left


def _said_then(connection: sqlite3.Connection, player: int, lines: Collection[Line]) -> set[Line]:
    """What the player said or rewrote here at the moments of these lines: all looked up in one go, since messages have
    no index by time, and while the writer reads them for each line nobody's message is confirmed."""
    moments = json.dumps(sorted({time for _, time in lines}))
    then = "time IN (SELECT value FROM json_each(?2))"
    rows = connection.execute(
        f"SELECT text, time FROM message WHERE sender = ?1 AND NOT by_agent AND {then}"
        f" UNION SELECT text, time FROM correction WHERE player = ?1 AND {then}",
        (player, moments),
    )
    return set(rows)


def count(connection: sqlite3.Connection, player: int) -> int:
    (many,) = connection.execute("SELECT count(*) FROM imported WHERE player = ?", (player,)).fetchone()
    return int(many)


def everything(connection: sqlite3.Connection, player: int) -> list[Line]:
    """All that a player has imported, the oldest first."""
    return connection.execute(
        "SELECT text, time FROM imported WHERE player = ? ORDER BY time, id", (player,)
    ).fetchall()


def newest(connection: sqlite3.Connection, player: int, limit: int, last: int = 2**63 - 1) -> list[Line]:
    """The newest of what was brought up to line `last`, that one first that was said last."""
    return connection.execute(
        "SELECT text, time FROM imported WHERE player = ? AND id <= ? ORDER BY time DESC, id DESC LIMIT ?",
        (player, last, limit),
    ).fetchall()
