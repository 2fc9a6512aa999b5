"""What lies in the chests of the world."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Chest:
    """`slots` are (block, count) pairs."""

    x: int
    y: int
    slots: tuple[tuple[int, int], ...]


def put(connection: sqlite3.Connection, chests: Iterable[Chest]) -> None:
    """Save chests; one without anything in it is forgotten."""
    for chest in chests:
        if any(count for _, count in chest.slots):
            row = chest.x, chest.y, json.dumps(chest.slots)
            connection.execute("INSERT OR REPLACE INTO chest VALUES (?, ?, ?)", row)
        else:
            connection.execute("DELETE FROM chest WHERE x = ? AND y = ?", (chest.x, chest.y))


def everything(connection: sqlite3.Connection) -> list[Chest]:
    return [
        Chest(x, y, tuple((block, count) for block, count in json.loads(slots)))
        for x, y, slots in connection.execute("SELECT x, y, slots FROM chest")
    ]
