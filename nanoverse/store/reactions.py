"""Likes and dislikes: one per player and message, and it can be taken back."""

from __future__ import annotations

import sqlite3


def put(connection: sqlite3.Connection, message: int, player: int, value: int, now: int) -> None:
    """`value` is 1 (like), −1 (dislike) or 0 (none, takes it back)."""
    if value == 0:
        connection.execute("DELETE FROM reaction WHERE message = ? AND player = ?", (message, player))
    else:
        connection.execute(
            "INSERT OR REPLACE INTO reaction VALUES (?, ?, ?, ?)", (message, player, value, now)
        )


def counts(connection: sqlite3.Connection, message: int) -> tuple[int, int]:
    """Likes and dislikes of a message."""
    likes, dislikes = connection.execute(
        "SELECT count(*) FILTER (WHERE value = 1), count(*) FILTER (WHERE value = -1) FROM reaction WHERE message = ?",
        (message,),
    ).fetchone()
    return likes, dislikes
