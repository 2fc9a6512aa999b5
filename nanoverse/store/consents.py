"""Who allows training on private talk with whom. It counts only when both sides allow it."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

# For queries over `message`: true for what may be trained on as far as consent goes.
ALLOWED = """(message.recipient IS NULL OR EXISTS (
    SELECT 1 FROM consent AS one JOIN consent AS other ON other.player = one.peer AND other.peer = one.player
    WHERE one.player = message.sender AND one.peer = message.recipient))"""


@dataclass(frozen=True, slots=True)
class Consent:
    """A player's consent about their talk with `peer`; `mutual`: that one has given theirs, too, so that it counts."""

    peer: int
    name: str
    mutual: bool


def put(connection: sqlite3.Connection, player: int, peer: int, allowed: bool, now: int) -> None:
    """Give or withdraw `player`'s consent."""
    if allowed:
        connection.execute("INSERT OR IGNORE INTO consent VALUES (?, ?, ?)", (player, peer, now))
    else:
        connection.execute("DELETE FROM consent WHERE player = ? AND peer = ?", (player, peer))


def given(connection: sqlite3.Connection, player: int) -> list[Consent]:
    """What `player` has consented to, by the names of the peers."""
    rows = connection.execute(
        "SELECT one.peer, player.name, EXISTS (SELECT 1 FROM consent AS other"
        " WHERE other.player = one.peer AND other.peer = one.player)"
        " FROM consent AS one JOIN player ON player.id = one.peer WHERE one.player = ? ORDER BY player.name",
        (player,),
    )
    return [Consent(peer, name, bool(mutual)) for peer, name, mutual in rows]


def mutual(connection: sqlite3.Connection, player: int, peer: int) -> bool:
    pairs = ((player, peer), (peer, player))
    return all(
        connection.execute("SELECT 1 FROM consent WHERE player = ? AND peer = ?", pair).fetchone()
        for pair in pairs
    )
