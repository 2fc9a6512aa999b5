"""What agents build and how much of it they have begun, so that a restart neither doubles nor forgets it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Works:
    """`begun` huts so far, the last one on `day` of the world; of the one around tile `middle` (None: none is
    unfinished) `left` tiles are still to be set."""

    player: int
    day: int
    begun: int
    middle: tuple[int, int] | None
    left: int


def put(connection: sqlite3.Connection, rows: Iterable[Works]) -> None:
    """Those of players deleted meanwhile are passed over."""
    connection.executemany(
        "INSERT OR REPLACE INTO works SELECT ?1, ?2, ?3, ?4, ?5, ?6"
        " WHERE EXISTS (SELECT 1 FROM player WHERE id = ?1)",
        ((w.player, w.day, w.begun, *(w.middle or (None, None)), w.left) for w in rows),
    )


def everything(connection: sqlite3.Connection) -> list[Works]:
    rows = connection.execute("SELECT player, day, begun, x, y, left_over FROM works ORDER BY player")
    return [
        Works(player, day, begun, None if x is None else (x, y), left)
        for player, day, begun, x, y, left in rows
    ]
