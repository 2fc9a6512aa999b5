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


def of_version(connection: sqlite3.Connection, player: int, version: int) -> tuple[int, int, int, bool]:
    """What the player's agent said with this version (0: none): replies, how many of them are disliked, by how many
    people, and whether the player is among those.

    A reply is disliked if more dislike than like it, or if its player dislikes it.
    """
    replies, disliked = connection.execute(
        """
        SELECT count(*), count(*) FILTER (WHERE
            (SELECT sum(value) FROM reaction WHERE reaction.message = message.id) < 0
            OR EXISTS (SELECT 1 FROM reaction
                WHERE reaction.message = message.id AND reaction.player = message.sender AND value < 0))
        FROM message WHERE sender = ? AND by_agent AND version = ?
        """,
        (player, version),
    ).fetchone()
    people, owner = connection.execute(
        "SELECT count(DISTINCT reaction.player), coalesce(max(reaction.player = message.sender), 0) FROM reaction"
        " JOIN message ON message.id = reaction.message"
        " WHERE message.sender = ? AND message.by_agent AND message.version = ? AND value < 0",
        (player, version),
    ).fetchone()
    return replies, disliked, people, bool(owner)
