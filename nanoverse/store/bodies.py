"""Where each player's body stands and what it carries."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Body:
    """`x`, `y` in units of 1/256 tile; `slots` are (block, count) pairs."""

    player: int
    x: int
    y: int
    facing: int
    selected: int
    slots: tuple[tuple[int, int], ...]
    home: tuple[int, int] | None = None  # the tile of its bed
    fed_until: int = 0  # the tick up to which its last meal lasts


def put(connection: sqlite3.Connection, bodies: Iterable[Body]) -> None:
    """Save bodies; those of players deleted meanwhile are passed over."""
    connection.executemany(
        "INSERT OR REPLACE INTO body SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9"
        " WHERE EXISTS (SELECT 1 FROM player WHERE id = ?1)",
        (
            (
                b.player,
                b.x,
                b.y,
                b.facing,
                b.selected,
                json.dumps(b.slots),
                *(b.home or (None, None)),
                b.fed_until,
            )
            for b in bodies
        ),
    )


def get(connection: sqlite3.Connection, player: int) -> Body | None:
    row = connection.execute("SELECT * FROM body WHERE player = ?", (player,)).fetchone()
    return _body(row) if row else None


def everyone(connection: sqlite3.Connection) -> list[Body]:
    return [_body(row) for row in connection.execute("SELECT * FROM body ORDER BY player")]


def _body(row: tuple[Any, ...]) -> Body:
    player, x, y, facing, selected, slots, home_x, home_y, fed_until = row
    home = None if home_x is None else (home_x, home_y)
    carried = tuple((block, count) for block, count in json.loads(slots))
    return Body(player, x, y, facing, selected, carried, home, fed_until)
