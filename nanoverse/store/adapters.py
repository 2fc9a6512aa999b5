"""Adapter versions: which exist, which one of a player's is live, and whose choice that is.

A version is born here, which gives it its folder's name; it is offered, in one transaction, only after its folder is
complete and synced. An offered version goes live at once, unless the player has chosen another one, or the base model,
by hand: that choice holds until they take it back. One that nothing here could judge waits for its player.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from nanoverse.store.errors import StoreError

KEPT = 3  # newest versions of a player that are there to go back to


@dataclass(frozen=True, slots=True)
class AdapterVersion:
    """`folder` is relative to the adapters folder, `gain` in nats per token; `offered` is None until it is whole.

    `withdrawn` says why it was taken back, None if it was not: such a version speaks only if its player chooses it, and
    so does one that `waits`, until they do.
    """

    id: int
    player: int
    folder: str
    base: str
    messages: int
    gain: float
    note: str
    created: int
    offered: int | None
    withdrawn: str | None = None
    waits: bool = False

    @property
    def imported(self) -> bool:
        """Whether it was brought from elsewhere: one that is made here has learnt from some messages."""
        return not self.messages

    @property
    def may_speak(self) -> bool:
        """Whether it may speak without being chosen."""
        return self.offered is not None and self.withdrawn is None and not self.waits


@dataclass(frozen=True, slots=True)
class Seen:
    """How much there had ever been to learn from: the newest message and the newest line brought from elsewhere.

    By their ids, which are given in order and none twice: what the clock says is not to be trusted, for it is set right
    at times.
    """

    message: int
    imported: int


EVERYTHING = Seen(2**63 - 1, 2**63 - 1)

_VERSION = (
    "v.id, v.player, v.folder, v.base, v.messages, v.gain, v.note, v.created, v.offered, v.withdrawn, v.waits"
)


def seen(connection: sqlite3.Connection) -> Seen:
    """How far what there is to learn from has come by now; what was deleted since counts, too."""
    newest = dict(connection.execute("SELECT name, seq FROM sqlite_sequence"))
    return Seen(newest.get("message", 0), newest.get("imported", 0))


def seen_by(connection: sqlite3.Connection, version: int) -> Seen:
    """How far that had come when what a version was made from was read, or when it was brought; nowhere if there is no
    such version any more."""
    row = connection.execute(
        "SELECT seen_message, seen_imported FROM adapter_version WHERE id = ?", (version,)
    ).fetchone()
    return Seen(*row) if row else Seen(0, 0)


def upcoming(connection: sqlite3.Connection) -> int:
    """The least id that the next version can have."""
    row = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'adapter_version'").fetchone()
    return row[0] + 1 if row else 1


def add(
    connection: sqlite3.Connection,
    player: int,
    base: str,
    messages: int,
    gain: float,
    note: str,
    now: int,
    read: Seen | None = None,
) -> AdapterVersion:
    """A new version, not yet offered. `read`: how far its words had come when they were read; None: as far as now."""
    read = read or seen(connection)
    cursor = connection.execute(
        "INSERT INTO adapter_version (player, folder, base, messages, gain, note, created, seen_message, seen_imported)"
        " VALUES (?, '', ?, ?, ?, ?, ?, ?, ?)",
        (player, base, messages, gain, note, now, read.message, read.imported),
    )
    number = cursor.lastrowid or 0
    folder = f"{player}/{number}"
    connection.execute("UPDATE adapter_version SET folder = ? WHERE id = ?", (folder, number))
    return AdapterVersion(number, player, folder, base, messages, gain, note, now, None)


def known(connection: sqlite3.Connection, version: int) -> bool:
    """Whether there is such a version, offered or not."""
    return bool(connection.execute("SELECT 1 FROM adapter_version WHERE id = ?", (version,)).fetchone())


def remove(connection: sqlite3.Connection, version: int) -> None:
    """Forget a version, for instance one that the gate refused; if it was live, its player has none now."""
    connection.execute("DELETE FROM adapter_version WHERE id = ?", (version,))


def remove_unless_offered(connection: sqlite3.Connection, version: int) -> bool:
    """Forget a version that never came to be; returns whether it was forgotten."""
    found = connection.execute("DELETE FROM adapter_version WHERE id = ? AND offered IS NULL", (version,))
    return found.rowcount > 0


def offer(connection: sqlite3.Connection, player: int, version: int, now: int, waits: bool = False) -> bool:
    """Make a version its player's newest, and live unless the player's own choice stands; returns whether it is live.

    One that `waits` is there to be chosen, and nothing else. Raises `StoreError` if the version is not the player's.
    """
    found = connection.execute(
        "UPDATE adapter_version SET offered = coalesce(offered, ?), waits = ? WHERE id = ? AND player = ?",
        (now, waits, version, player),
    )
    if not found.rowcount:
        raise StoreError(f"Player {player} has no adapter version {version}.")
    if waits or chosen(connection, player):
        return False
    _switch(connection, player, version, now)
    return True


def choose(connection: sqlite3.Connection, player: int, version: int | None, base: str, now: int) -> None:
    """Make an offered version live by the player's own choice, or with None the base model; `base` runs.

    Choosing the newest version takes an earlier choice back: from then on the next one goes live by itself. One that
    was taken back, or waited, counts as any other once its player has chosen it. Raises `StoreError` if that
    version is not the player's, was never offered, or was made for another base model.
    """
    offered = {one.id: one for one in versions(connection, player) if one.offered is not None}
    if version is not None and version not in offered:
        raise StoreError(f"Player {player} has no adapter version {version} that was ever offered.")
    if version is not None and offered[version].base != base:
        raise StoreError(misfit(offered[version]))
    _switch(connection, player, version, now)
    if version is not None:
        connection.execute("UPDATE adapter_version SET withdrawn = NULL, waits = 0 WHERE id = ?", (version,))
    following = newest(connection, player, base)
    if following is not None and version == following.id:
        connection.execute("DELETE FROM owner_choice WHERE player = ?", (player,))
    else:
        connection.execute("INSERT OR REPLACE INTO owner_choice VALUES (?, ?)", (player, now))


def misfit(version: AdapterVersion) -> str:
    """Why a version that was made for another base model than the one that runs does not speak."""
    return f"Version {version.id} was made for another model ({version.base}) and cannot speak."


def follow_newest(connection: sqlite3.Connection, player: int, base: str, now: int) -> AdapterVersion | None:
    """Take the player's choice back: the newest offered version for the base model `base` is live, if there is one, and
    it is returned."""
    connection.execute("DELETE FROM owner_choice WHERE player = ?", (player,))
    version = newest(connection, player, base)
    _switch(connection, player, version.id if version else None, now)
    return version


def to_withdraw(
    connection: sqlite3.Connection, player: int, base: str
) -> tuple[AdapterVersion, AdapterVersion | None]:
    """The live version, and the newest one before it that would be live in its stead (None: the base model speaks).

    Raises `StoreError` if nothing is live, or only what was made for another base model than `base`, which runs: then
    that itself speaks.
    """
    worse = live(connection, player)
    if worse is None or worse.base != base:
        raise StoreError("No adapter version of this player is live, so none can be taken back.")
    return worse, before(connection, worse)


def withdraw(
    connection: sqlite3.Connection, player: int, base: str, reason: str, now: int, version: int | None = None
) -> AdapterVersion | None:
    """Take the live version back, also from a player who chose it: the newest one before it is live, and returned.

    None if there is none before it, so that the base model speaks. Raises `StoreError` if there is nothing to withdraw,
    or something else than `version`, where one is meant: who asks twice takes back one.
    """
    worse, target = to_withdraw(connection, player, base)
    if version is not None and worse.id != version:
        raise StoreError(f"Version {version} is no longer live, so it is not taken back.")
    connection.execute("UPDATE adapter_version SET withdrawn = ? WHERE id = ?", (reason, worse.id))
    connection.execute("DELETE FROM owner_choice WHERE player = ?", (player,))
    _switch(connection, player, target.id if target else None, now)
    return target


def before(connection: sqlite3.Connection, version: AdapterVersion) -> AdapterVersion | None:
    """The newest version of the same player and base model before this one that may speak by itself."""
    older = (one for one in standing(connection, version.player) if one.id < version.id)
    return next((one for one in older if one.base == version.base), None)


def all_withdrawn(connection: sqlite3.Connection, limit: int) -> list[AdapterVersion]:
    """The newest versions that were taken back."""
    rows = connection.execute(
        f"SELECT {_VERSION} FROM adapter_version AS v WHERE v.withdrawn IS NOT NULL ORDER BY v.left DESC LIMIT ?",
        (limit,),
    )
    return [AdapterVersion(*row) for row in rows]


def chosen(connection: sqlite3.Connection, player: int) -> bool:
    """Whether what is live, or that nothing is, was the player's own choice and so stays."""
    return bool(connection.execute("SELECT 1 FROM owner_choice WHERE player = ?", (player,)).fetchone())


def _switch(connection: sqlite3.Connection, player: int, version: int | None, now: int) -> None:
    connection.execute(
        "UPDATE adapter_version SET left = ? WHERE id = (SELECT version FROM live_adapter WHERE player = ?)",
        (now, player),
    )
    if version is None:
        connection.execute("DELETE FROM live_adapter WHERE player = ?", (player,))
    else:
        connection.execute("INSERT OR REPLACE INTO live_adapter VALUES (?, ?)", (player, version))


def outlived(connection: sqlite3.Connection, player: int, left_before: int) -> list[AdapterVersion]:
    """Offered versions that nobody needs any more: not among the `KEPT` newest, and not live.

    For each base model the newest that was learnt here stays, however many were made for another or brought since; of
    those that were taken back only if there is no other. One that was live until after `left_before` (ms) stays for
    now: a reply that was asked of it may still wait.
    """
    rows = connection.execute(
        f"SELECT {_VERSION} FROM adapter_version AS v WHERE v.player = :player AND v.offered IS NOT NULL"
        " AND coalesce(v.left, 0) < :left_before"
        " AND v.id NOT IN (SELECT version FROM live_adapter WHERE player = :player)"
        " AND v.id NOT IN (SELECT id FROM adapter_version WHERE player = :player AND offered IS NOT NULL"
        " ORDER BY id DESC LIMIT :kept)"
        " AND v.id NOT IN (SELECT first_value(id) OVER (PARTITION BY base ORDER BY withdrawn IS NOT NULL, id DESC)"
        " FROM adapter_version WHERE player = :player AND offered IS NOT NULL AND messages > 0) ORDER BY v.id",
        {"player": player, "left_before": left_before, "kept": KEPT},
    )
    return [AdapterVersion(*row) for row in rows]


def newest(connection: sqlite3.Connection, player: int, base: str) -> AdapterVersion | None:
    """The newest offered version for the base model `base`: what speaks where that runs, or would if its player had not
    chosen otherwise.

    One that was taken back, or waits, is passed over.
    """
    return next((one for one in standing(connection, player) if one.base == base), None)


def standing(connection: sqlite3.Connection, player: int) -> list[AdapterVersion]:
    """The offered versions that may speak by themselves, for whichever base model, the newest first."""
    return [one for one in versions(connection, player) if one.may_speak]


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
