"""Who wants whom as a friend: one row for each side that does; two are friends when both do."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

ASKED, ASKS, FRIEND = 0, 1, 2  # the player has asked them; they ask the player; both wish it


@dataclass(frozen=True, slots=True)
class Friend:
    id: int
    name: str
    state: int


def wish(connection: sqlite3.Connection, player: int, peer: int, now: int) -> None:
    connection.execute("INSERT OR IGNORE INTO friend VALUES (?, ?, ?)", (player, peer, now))


def part(connection: sqlite3.Connection, one: int, other: int) -> None:
    """Neither has asked the other any more."""
    connection.execute(
        "DELETE FROM friend WHERE player = ?1 AND peer = ?2 OR player = ?2 AND peer = ?1", (one, other)
    )


def of(connection: sqlite3.Connection, player: int) -> list[Friend]:
    """A player's friends, those asked, and those who ask; by name."""
    rows = connection.execute(
        "SELECT other.id, other.name, sum(CASE WHEN friend.player = ?1 THEN 1 ELSE 2 END) FROM friend"
        " JOIN player AS other ON other.id = CASE WHEN friend.player = ?1 THEN friend.peer ELSE friend.player END"
        " WHERE ?1 IN (friend.player, friend.peer) GROUP BY other.id ORDER BY other.name",
        (player,),
    )
    return [Friend(number, name, sides - 1) for number, name, sides in rows]
