"""Where players like to be: seconds spent, by squares of 16 × 16 tiles."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

SQUARE = 16  # tiles


@dataclass(frozen=True, slots=True)
class Visit:
    """Time spent in the square whose north-west tile is x, y (multiples of 16)."""

    player: int
    x: int
    y: int
    seconds: int


def add(connection: sqlite3.Connection, visits: Iterable[Visit]) -> None:
    """Add to the time spent; any tile of a square will do. Players deleted meanwhile are passed over."""
    connection.executemany(
        "INSERT INTO visit SELECT ?1, ?2, ?3, ?4 WHERE EXISTS (SELECT 1 FROM player WHERE id = ?1)"
        " ON CONFLICT DO UPDATE SET seconds = seconds + excluded.seconds",
        ((v.player, v.x // SQUARE * SQUARE, v.y // SQUARE * SQUARE, v.seconds) for v in visits),
    )


def favourites(connection: sqlite3.Connection, player: int, limit: int) -> list[Visit]:
    """The squares a player spent most time in, the dearest first."""
    rows = connection.execute(
        "SELECT * FROM visit WHERE player = ? ORDER BY seconds DESC, x, y LIMIT ?", (player, limit)
    )
    return [Visit(*row) for row in rows]
