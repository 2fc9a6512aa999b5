"""Where each player's body stands and what it carries."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Body:
    """`x`, `y` in units of 1/256 tile; `slots` are (block, count) pairs."""

    player: int
    x: int
    y: int
    facing: int
    selected: int
    slots: tuple[tuple[int, int], ...]


def put(connection: sqlite3.Connection, bodies: Iterable[Body]) -> None:
    """Save bodies; those of players deleted meanwhile are passed over."""
    connection.executemany(
        "INSERT OR REPLACE INTO body SELECT ?1, ?2, ?3, ?4, ?5, ?6 WHERE EXISTS (SELECT 1 FROM player WHERE id = ?1)",
        ((b.player, b.x, b.y, b.facing, b.selected, json.dumps(b.slots)) for b in bodies),
    )


def get(connection: sqlite3.Connection, player: int) -> Body | None:
    row = connection.execute("SELECT * FROM body WHERE player = ?", (player,)).fetchone()
    return _body(row) if row else None


def everyone(connection: sqlite3.Connection) -> list[Body]:
    return [_body(row) for row in connection.execute("SELECT * FROM body ORDER BY player")]


def _body(row: tuple[int, int, int, int, int, str]) -> Body:
    *numbers, slots = row
    player, x, y, facing, selected = numbers
    return Body(player, x, y, facing, selected, tuple((block, count) for block, count in json.loads(slots)))
