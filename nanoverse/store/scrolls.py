"""Hidden scrolls; those of a deleted account go with it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scroll:
    """`player` hid it; `time` in ms."""

    id: int
    x: int
    y: int
    text: str
    player: int
    time: int


def put(connection: sqlite3.Connection, scrolls: Iterable[Scroll]) -> None:
    """Save scrolls; what a player deleted meanwhile wrote is forgotten."""
    connection.executemany(
        "INSERT INTO scroll SELECT ?1, ?2, ?3, ?4, ?5, ?6, NULL WHERE EXISTS (SELECT 1 FROM player WHERE id = ?5)",
        [(s.id, s.x, s.y, s.text, s.player, s.time) for s in scrolls],
    )


def recover(connection: sqlite3.Connection, ids: Iterable[int], now: int) -> None:
    """These are no longer hidden. Who had found one keeps its words; what nobody had found is gone."""
    for id in ids:
        connection.execute(
            "DELETE FROM scroll WHERE id = ?1 AND NOT EXISTS"
            " (SELECT 1 FROM find WHERE author = scroll.player AND kind = 'scroll' AND what = CAST(?1 AS TEXT))",
            (id,),
        )
        connection.execute("UPDATE scroll SET recovered = ? WHERE id = ?", (now, id))


def hidden(connection: sqlite3.Connection) -> list[Scroll]:
    rows = connection.execute("SELECT id, x, y, text, player, time FROM scroll WHERE recovered IS NULL")
    return [Scroll(*row) for row in rows]


def last(connection: sqlite3.Connection) -> int:
    """The highest id that was given to a scroll that is there, or that somebody found before it was gone."""
    (id,) = connection.execute(
        "SELECT max(coalesce((SELECT max(id) FROM scroll), 0),"
        " coalesce((SELECT max(CAST(what AS INTEGER)) FROM find WHERE kind = 'scroll'), 0))"
    ).fetchone()
    return int(id)
