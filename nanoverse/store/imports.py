"""A player's own words from another world: learnt from as theirs, shown to nobody, and no part of any talk here."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

Line = tuple[str, int]  # text, and when it was said (ms)


def add(
    connection: sqlite3.Connection, player: int, lines: Iterable[Line], most: int, now: int
) -> tuple[int, int]:
    """Keep lines, of one player at most `most`; returns how many are new, and how many found no room.

    What the player has imported before, or said or rewritten here at that moment, is not new.
    """
    kept, added, left = count(connection, player), 0, 0
    for text, time in lines:
        if kept + added >= most:
            left += 1
            continue
        added += connection.execute(
            "INSERT OR IGNORE INTO imported (player, text, time, added) SELECT ?1, ?2, ?3, ?4 WHERE NOT EXISTS"
            " (SELECT 1 FROM message WHERE sender = ?1 AND time = ?3 AND text = ?2 AND NOT by_agent)"
            " AND NOT EXISTS (SELECT 1 FROM correction WHERE player = ?1 AND time = ?3 AND text = ?2)",
            (player, text, time, now),
        ).rowcount
    return added, left


def count(connection: sqlite3.Connection, player: int) -> int:
    (many,) = connection.execute("SELECT count(*) FROM imported WHERE player = ?", (player,)).fetchone()
    return int(many)


def everything(connection: sqlite3.Connection, player: int) -> list[Line]:
    """All that a player has imported, the oldest first."""
    return connection.execute(
        "SELECT text, time FROM imported WHERE player = ? ORDER BY time, id", (player,)
    ).fetchall()


def newest(connection: sqlite3.Connection, player: int, limit: int) -> list[Line]:
    return connection.execute(
        "SELECT text, time FROM imported WHERE player = ? ORDER BY time DESC, id DESC LIMIT ?",
        (player, limit),
    ).fetchall()
