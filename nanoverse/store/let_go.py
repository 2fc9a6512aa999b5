"""Versions that a player had brought from elsewhere and that went when they had words of their own forgotten.

Nobody can tell whether such a version holds those words, so it goes like one that was made here; its player is told,
until they bring another.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable


def note(connection: sqlite3.Connection, player: int, versions: Iterable[int], now: int) -> None:
    """These versions of a player went; `now` in ms."""
    connection.executemany(
        "INSERT INTO let_go VALUES (?, ?, ?)", ((player, version, now) for version in versions)
    )


def of(connection: sqlite3.Connection, player: int) -> list[tuple[int, int]]:
    """What their player is to be told: each version and when it went (ms), the newest first."""
    return connection.execute(
        "SELECT version, time FROM let_go WHERE player = ? ORDER BY version DESC", (player,)
    ).fetchall()


def settle(connection: sqlite3.Connection, player: int) -> None:
    """Another was brought."""
    connection.execute("DELETE FROM let_go WHERE player = ?", (player,))
