"""All nights that were held, which only tests ask for."""

from __future__ import annotations

import sqlite3

from nanoverse.store.nights import Night


def nights_held(connection: sqlite3.Connection) -> list[Night]:
    """The newest first."""
    return [Night(*row) for row in connection.execute("SELECT * FROM night ORDER BY id DESC")]
