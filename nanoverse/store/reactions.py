"""Likes and dislikes: one per player and message, and it can be taken back."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from nanoverse.store.shuns import heeded


@dataclass(frozen=True, slots=True)
class Reaction:
    """A like, or a dislike, of what an agent said; `owner`: by the agent's own player."""

    message: int
    player: int
    owner: bool
    like: bool


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


def of_version(connection: sqlite3.Connection, player: int, version: int) -> tuple[int, list[Reaction]]:
    """How many replies the player's agent gave with this version (0: none), and the reactions to them, oldest first;
    without those of whom the player shuns. Where another answer was picked, only what was said of that one counts."""
    which = "message.sender = ? AND message.by_agent AND message.version = ?"
    (replies,) = connection.execute(
        f"SELECT count(*) FROM message WHERE {which}", (player, version)
    ).fetchone()
    rows = connection.execute(
        "SELECT message.id, reaction.player, reaction.player = message.sender, value > 0"
        f" FROM message JOIN reaction ON reaction.message = message.id WHERE {which}"
        f" AND {heeded('reaction.player')}"
        " AND reaction.time >= coalesce((SELECT time FROM pick WHERE pick.message = message.id), 0)"
        " ORDER BY reaction.time, message.id",
        (player, version),
    )
    return replies, [
        Reaction(message, voter, bool(owner), bool(like)) for message, voter, owner, like in rows
    ]
