"""Single values by name, such as the world's seed."""

from __future__ import annotations

import secrets
import sqlite3

WORLD = "world"  # the fact by which a world is known from all others
NIGHTS_PAUSED = "night_paused"  # the fact that is there while the nights are paused


def world(connection: sqlite3.Connection) -> str:
    """The world's own name, drawn the first time."""
    name = get(connection, WORLD) or secrets.token_hex(8)
    put(connection, WORLD, name)
    return name


def get(connection: sqlite3.Connection, key: str) -> str | None:
    row = connection.execute("SELECT value FROM fact WHERE key = ?", (key,)).fetchone()
    return row[0] if row else None


def put(connection: sqlite3.Connection, key: str, value: str) -> None:
    connection.execute("INSERT OR REPLACE INTO fact VALUES (?, ?)", (key, value))


def remove(connection: sqlite3.Connection, key: str) -> None:
    connection.execute("DELETE FROM fact WHERE key = ?", (key,))
