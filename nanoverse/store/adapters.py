"""Adapter versions: which exist, which one of a player's is live, and the way back.

A version is born here, which gives it its folder's name; it goes live, in one transaction, only after its folder is
complete and synced.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from nanoverse.store.errors import StoreError


@dataclass(frozen=True, slots=True)
class AdapterVersion:
    """`folder` is relative to the adapters folder, `gain` in nats per token; `went_live` is None if it never did."""

    id: int
    player: int
    folder: str
    base: str
    messages: int
    gain: float
    note: str
    created: int
    went_live: int | None


_VERSION = "v.id, v.player, v.folder, v.base, v.messages, v.gain, v.note, v.created, v.went_live"


def add(
    connection: sqlite3.Connection, player: int, base: str, messages: int, gain: float, note: str, now: int
) -> AdapterVersion:
    """A new version, not yet live."""
    cursor = connection.execute(
        "INSERT INTO adapter_version (player, folder, base, messages, gain, note, created)"
        " VALUES (?, '', ?, ?, ?, ?, ?)",
        (player, base, messages, gain, note, now),
    )
    number = cursor.lastrowid or 0
    folder = f"{player}/{number}"
    connection.execute("UPDATE adapter_version SET folder = ? WHERE id = ?", (folder, number))
    return AdapterVersion(number, player, folder, base, messages, gain, note, now, None)


def remove(connection: sqlite3.Connection, version: int) -> None:
    """Forget a version, for instance one that the gate refused; if it was live, its player has none now."""
    connection.execute("DELETE FROM adapter_version WHERE id = ?", (version,))


def go_live(connection: sqlite3.Connection, player: int, version: int, now: int) -> None:
    """Make a version its player's live one; raises `StoreError` if it is not the player's."""
    found = connection.execute(
        "UPDATE adapter_version SET went_live = coalesce(went_live, ?) WHERE id = ? AND player = ?",
        (now, version, player),
    )
    if not found.rowcount:
        raise StoreError(f"Player {player} has no adapter version {version}.")
    connection.execute("INSERT OR REPLACE INTO live_adapter VALUES (?, ?)", (player, version))


def roll_back(connection: sqlite3.Connection, player: int, version: int | None) -> None:
    """Go back to a version that was live before, or with None to the bare base model.

    Raises `StoreError` if that version is not the player's or never was live.
    """
    if version is None:
        connection.execute("DELETE FROM live_adapter WHERE player = ?", (player,))
        return
    row = connection.execute(
        "SELECT went_live FROM adapter_version WHERE id = ? AND player = ?", (version, player)
    ).fetchone()
    if row is None or row[0] is None:
        raise StoreError(f"Player {player} has no adapter version {version} that was ever live.")
    connection.execute("INSERT OR REPLACE INTO live_adapter VALUES (?, ?)", (player, version))


def live(connection: sqlite3.Connection, player: int) -> AdapterVersion | None:
    row = connection.execute(
        f"SELECT {_VERSION} FROM live_adapter JOIN adapter_version AS v ON v.id = live_adapter.version"
        " WHERE live_adapter.player = ?",
        (player,),
    ).fetchone()
    return AdapterVersion(*row) if row else None


def all_live(connection: sqlite3.Connection) -> list[AdapterVersion]:
    rows = connection.execute(
        f"SELECT {_VERSION} FROM live_adapter JOIN adapter_version AS v ON v.id = live_adapter.version"
        " ORDER BY v.player"
    )
    return [AdapterVersion(*row) for row in rows]


def versions(connection: sqlite3.Connection, player: int) -> list[AdapterVersion]:
    """All versions of a player, the newest first."""
    rows = connection.execute(
        f"SELECT {_VERSION} FROM adapter_version AS v WHERE v.player = ? ORDER BY v.id DESC", (player,)
    )
    return [AdapterVersion(*row) for row in rows]
