"""Whom a player has muted (not heard nearby and in the world) or blocked (not heard at all)."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from nanoverse.protocol import PRIVATE


@dataclass(frozen=True, slots=True)
class Shun:
    """Another player, muted or else `blocked`."""

    peer: int
    name: str
    blocked: bool


def heard_by(viewer: str, message: str = "message") -> str:
    """For queries over `message`: true if its sender is not shunned there by the player in this named parameter."""
    return _heard(f":{viewer}", f"{message}.sender", message)


def heeded(peer: str) -> str:
    """For queries over `message`: true if its sender does not shun the player in this column there."""
    return _heard("message.sender", peer, "message")


def _heard(player: str, peer: str, message: str) -> str:
    return (
        f"NOT EXISTS (SELECT 1 FROM shun WHERE shun.player = {player} AND shun.peer = {peer}"
        f" AND (shun.blocked OR {message}.channel <> {PRIVATE}))"
    )


def put(connection: sqlite3.Connection, player: int, peer: int, blocked: bool, now: int) -> None:
    connection.execute("INSERT OR REPLACE INTO shun VALUES (?, ?, ?, ?)", (player, peer, blocked, now))
    connection.execute("INSERT OR IGNORE INTO once_shunned VALUES (?, ?)", (player, peer))


def remove(connection: sqlite3.Connection, player: int, peer: int) -> None:
    connection.execute("DELETE FROM shun WHERE player = ? AND peer = ?", (player, peer))


def of(connection: sqlite3.Connection, player: int) -> list[Shun]:
    rows = connection.execute(
        "SELECT peer, name, blocked FROM shun JOIN player ON player.id = peer WHERE shun.player = ? ORDER BY name",
        (player,),
    )
    return [Shun(peer, name, bool(blocked)) for peer, name, blocked in rows]


def blocks(connection: sqlite3.Connection, player: int, peer: int) -> bool:
    return (
        connection.execute(
            "SELECT 1 FROM shun WHERE player = ? AND peer = ? AND blocked", (player, peer)
        ).fetchone()
        is not None
    )


def shuns(connection: sqlite3.Connection, player: int, peer: int | None) -> bool:
    """Whether a player has muted or blocked another."""
    row = connection.execute("SELECT 1 FROM shun WHERE player = ? AND peer = ?", (player, peer)).fetchone()
    return row is not None


def any_between(connection: sqlite3.Connection, one: int, other: int) -> bool:
    """Whether one of the two has muted or blocked the other."""
    return (
        connection.execute(
            "SELECT 1 FROM shun WHERE player = ?1 AND peer = ?2 OR player = ?2 AND peer = ?1", (one, other)
        ).fetchone()
        is not None
    )


def deaf_to(connection: sqlite3.Connection, sender: int, channel: int) -> frozenset[int]:
    """Those who do not hear this sender in this channel."""
    rows = connection.execute(
        "SELECT player FROM shun WHERE peer = ? AND (blocked OR ? <> ?)", (sender, channel, PRIVATE)
    )
    return frozenset(player for (player,) in rows)


def unheard(connection: sqlite3.Connection, player: int, channel: int) -> frozenset[int]:
    """Those whom this player does not hear in this channel."""
    rows = connection.execute(
        "SELECT peer FROM shun WHERE player = ? AND (blocked OR ? <> ?)", (player, channel, PRIVATE)
    )
    return frozenset(peer for (peer,) in rows)
