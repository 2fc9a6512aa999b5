"""Who has claimed which plot, and who may build on whose land."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

Plot = tuple[int, int]


def put_claims(connection: sqlite3.Connection, owners: Iterable[tuple[Plot, int | None]], now: int) -> None:
    """Save who owns these plots, None for nobody; a player who was deleted meanwhile owns nothing."""
    for (x, y), owner in owners:
        connection.execute("DELETE FROM claim WHERE x = ? AND y = ?", (x, y))
        connection.execute(
            "INSERT INTO claim SELECT ?1, ?2, ?3, ?4 WHERE EXISTS (SELECT 1 FROM player WHERE id = ?3)",
            (x, y, owner, now),
        )


def put_guests(connection: sqlite3.Connection, allowed: Iterable[tuple[tuple[int, int], bool]]) -> None:
    """Save for pairs of owner and guest whether the guest may build."""
    for (owner, guest), may in allowed:
        connection.execute("DELETE FROM guest WHERE owner = ? AND guest = ?", (owner, guest))
        if may:
            connection.execute(
                "INSERT INTO guest SELECT ?1, ?2 WHERE (SELECT count(*) FROM player WHERE id IN (?1, ?2)) = 2",
                (owner, guest),
            )


def claims(connection: sqlite3.Connection) -> list[tuple[int, int, int]]:
    """All claims as (x, y, owner), the oldest first."""
    return connection.execute("SELECT x, y, player FROM claim ORDER BY time, x, y").fetchall()


def plots(connection: sqlite3.Connection, owner: int) -> list[tuple[int, int, int]]:
    """A player's plots as (x, y, since when in ms)."""
    return connection.execute("SELECT x, y, time FROM claim WHERE player = ?", (owner,)).fetchall()


def guests(connection: sqlite3.Connection) -> list[tuple[int, int]]:
    """All pairs of owner and guest."""
    return connection.execute("SELECT owner, guest FROM guest").fetchall()
