"""Who allows training on private talk with whom. It counts only when both sides allow it."""

from __future__ import annotations

import sqlite3

# For queries over `message`: true for what may be trained on as far as consent goes.
ALLOWED = """(message.recipient IS NULL OR EXISTS (
    SELECT 1 FROM consent AS one JOIN consent AS other ON other.player = one.peer AND other.peer = one.player
    WHERE one.player = message.sender AND one.peer = message.recipient))"""


def put(connection: sqlite3.Connection, player: int, peer: int, allowed: bool, now: int) -> None:
    """Give or withdraw `player`'s consent."""
    if allowed:
        connection.execute("INSERT OR IGNORE INTO consent VALUES (?, ?, ?)", (player, peer, now))
    else:
        connection.execute("DELETE FROM consent WHERE player = ? AND peer = ?", (player, peer))


def given(connection: sqlite3.Connection, player: int) -> list[int]:
    """The peers to whom `player` has given consent."""
    return [peer for (peer,) in connection.execute("SELECT peer FROM consent WHERE player = ?", (player,))]


def mutual(connection: sqlite3.Connection, player: int, peer: int) -> bool:
    pairs = ((player, peer), (peer, player))
    return all(
        connection.execute("SELECT 1 FROM consent WHERE player = ? AND peer = ?", pair).fetchone()
        for pair in pairs
    )
