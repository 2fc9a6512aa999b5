"""Names that are kept taken: of accounts that were deleted while they were locked, or deleting would shake off a lock.

With such a name its skeleton is kept, which is what names that look alike share. What the account changed in the
world stays in the log under its number, which is nobody else's ever, so that it can still be rolled back.
"""

from __future__ import annotations

import sqlite3

from nanoverse.store import changes


def keep(connection: sqlite3.Connection, player: int) -> bool:
    """A player is about to be deleted; True if they are locked, so that their name is kept now."""
    return bool(
        connection.execute(
            "INSERT INTO barred (player, skeleton, name)"
            " SELECT id, skeleton, name FROM player WHERE id = ? AND locked IS NOT NULL",
            (player,),
        ).rowcount
    )


def by_skeleton(connection: sqlite3.Connection, skeleton: str) -> int | None:
    """The number that the account had."""
    row = connection.execute("SELECT player FROM barred WHERE skeleton = ?", (skeleton,)).fetchone()
    return row[0] if row else None


def by_name(connection: sqlite3.Connection, name: str) -> int | None:
    """The number of the account that had one of the `names`."""
    row = connection.execute("SELECT player FROM barred WHERE name = ?", (name,)).fetchone()
    return row[0] if row else None


def names(connection: sqlite3.Connection) -> list[str]:
    """Those of the accounts that were made last first; of one that was deleted long ago its skeleton."""
    return [name for (name,) in connection.execute("SELECT name FROM barred ORDER BY player DESC")]


def free(connection: sqlite3.Connection, name: str) -> bool:
    """Anybody may have one of the `names` again, and the log names the account no more; False if it was not kept."""
    player = by_name(connection, name)
    if player is None:
        return False
    changes.disown(connection, player)
    connection.execute("DELETE FROM barred WHERE player = ?", (player,))
    return True
