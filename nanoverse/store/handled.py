"""Which of a page's numbered messages are done, so that one that is sent again after a break is not done twice.

Each row is committed together with what it stands for. A visit is one loaded page, over all its connections.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

SPAN = 4096  # a number so far behind the newest one of its visit is not asked for any more
_OLD = 3_600_000  # ms after which what another visit of the same player did is dropped


def put(
    connection: sqlite3.Connection, player: int, visit: int, done: Iterable[tuple[int, int]], now: int
) -> None:
    """Note pairs of number and made id (0: none); nothing for a player who was deleted meanwhile."""
    newest = 0
    for ref, made in done:
        newest = max(newest, ref)
        connection.execute(
            "INSERT OR IGNORE INTO handled SELECT ?1, ?2, ?3, ?4, ?5 WHERE EXISTS (SELECT 1 FROM player WHERE id = ?1)",
            (player, visit, ref, made, now),
        )
    connection.execute(
        "DELETE FROM handled WHERE player = ? AND visit = ? AND ref < ?", (player, visit, newest - SPAN)
    )


def newest(connection: sqlite3.Connection, player: int, visit: int, most: int) -> list[tuple[int, int]]:
    """The newest of a visit's pairs, the lowest number first."""
    rows = connection.execute(
        "SELECT ref, id FROM handled WHERE player = ? AND visit = ? ORDER BY ref DESC LIMIT ?",
        (player, visit, most),
    ).fetchall()
    return rows[::-1]


def tidy(connection: sqlite3.Connection, player: int, visit: int, now: int) -> None:
    """A player comes with this visit: what their others left long ago goes."""
    connection.execute(
        "DELETE FROM handled WHERE player = ? AND visit <> ? AND time < ?", (player, visit, now - _OLD)
    )
