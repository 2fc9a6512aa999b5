"""What stands on the signs of the world; the words of a deleted account go with it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sign:
    """`player` wrote it; `time` in ms."""

    x: int
    y: int
    text: str
    player: int | None
    time: int


def put(connection: sqlite3.Connection, signs: Iterable[Sign]) -> None:
    """Save signs; one without a text is forgotten, and so is what a player deleted meanwhile wrote."""
    for sign in signs:
        connection.execute("DELETE FROM sign WHERE x = ? AND y = ?", (sign.x, sign.y))
        if sign.text:
            connection.execute(
                "INSERT INTO sign SELECT ?1, ?2, ?3, ?4, ?5 WHERE EXISTS (SELECT 1 FROM player WHERE id = ?4)",
                (sign.x, sign.y, sign.text, sign.player, sign.time),
            )


def everything(connection: sqlite3.Connection) -> list[Sign]:
    return [Sign(*row) for row in connection.execute("SELECT x, y, text, player, time FROM sign")]
