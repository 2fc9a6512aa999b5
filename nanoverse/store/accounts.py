"""Players and their sessions. Passwords arrive hashed, session tokens as their SHA-256."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from nanoverse.protocol import PRIVATE, WORLD
from nanoverse.store import agreements, barred, changes, forgotten, prompts
from nanoverse.store.errors import NameTakenError


@dataclass(frozen=True, slots=True)
class Player:
    """`created` and `seen` are milliseconds since 1970, UTC."""

    id: int
    name: str
    look: int
    admin: bool
    created: int
    seen: int


_PLAYER = "player.id, player.name, player.look, player.admin, player.created, player.seen"


def create(
    connection: sqlite3.Connection, name: str, skeleton: str, password: str, look: int, now: int
) -> Player:
    """A new player; raises `NameTakenError` if the skeleton is in use. The world's talk so far counts as read."""
    try:
        row = connection.execute(
            "INSERT INTO player (name, skeleton, password, look, created, seen) VALUES (?, ?, ?, ?, ?, ?)"
            f" RETURNING {_PLAYER}",
            (name, skeleton, password, look, now, now),
        ).fetchone()
    except sqlite3.IntegrityError:
        raise NameTakenError(f"The name {name} is taken, or looks like one that is.") from None
    connection.execute(
        "INSERT INTO read_mark SELECT ?, ?, 0, coalesce(max(id), 0) FROM message", (row[0], WORLD)
    )
    return _player(row)


def by_id(connection: sqlite3.Connection, player: int) -> Player | None:
    row = connection.execute(f"SELECT {_PLAYER} FROM player WHERE id = ?", (player,)).fetchone()
    return _player(row) if row else None


def by_skeleton(connection: sqlite3.Connection, skeleton: str) -> Player | None:
    row = connection.execute(f"SELECT {_PLAYER} FROM player WHERE skeleton = ?", (skeleton,)).fetchone()
    return _player(row) if row else None


def everyone(connection: sqlite3.Connection) -> list[Player]:
    return [_player(row) for row in connection.execute(f"SELECT {_PLAYER} FROM player ORDER BY id")]


def password(connection: sqlite3.Connection, player: int) -> str | None:
    """The stored hash; None if there is no such player."""
    row = connection.execute("SELECT password FROM player WHERE id = ?", (player,)).fetchone()
    return row[0] if row else None


def set_password(
    connection: sqlite3.Connection, player: int, password: str, instead_of: str | None = None
) -> bool:
    """A new hash, with which all sessions of the player end; False, and nothing done, if the old one is not
    `instead_of` any more."""
    done = connection.execute(
        "UPDATE player SET password = ?1 WHERE id = ?2 AND password = coalesce(?3, password)",
        (password, player, instead_of),
    ).rowcount
    if done:
        end_sessions(connection, player)
    return bool(done)


def touch(connection: sqlite3.Connection, player: int, now: int) -> None:
    """The player is, or was until now, connected."""
    connection.execute("UPDATE player SET seen = ? WHERE id = ?", (now, player))


def make_admin(connection: sqlite3.Connection, player: int) -> None:
    connection.execute("UPDATE player SET admin = 1 WHERE id = ?", (player,))


def lock(connection: sqlite3.Connection, player: int, reason: str) -> bool:
    """Lock an account, or give another reason for a lock; False, and nothing done, for an admin's."""
    locked = connection.execute(
        "UPDATE player SET locked = ? WHERE id = ? AND admin = 0", (reason, player)
    ).rowcount
    return bool(locked)


def unlock(connection: sqlite3.Connection, player: int) -> None:
    connection.execute("UPDATE player SET locked = NULL WHERE id = ?", (player,))


def locked(connection: sqlite3.Connection) -> dict[int, str]:
    """The reasons, by player."""
    return dict(connection.execute("SELECT id, locked FROM player WHERE locked IS NOT NULL"))


def delete(connection: sqlite3.Connection, player: int) -> None:
    """Forget a player: account, body, words, adapter versions, and whatever of others' names them: drafts whose
    prompts do, the scenes in which they stood, what was agreed on with them, what was shown of an answer to them.

    Whose agents learnt from their words is noted in `store.forgotten`. What they built stays, without their name, and
    of who is locked, with their number (`store.barred`). The adapter folders are removed by whoever owns the folders.
    """
    row = connection.execute(
        "SELECT name, (SELECT min(id) FROM message WHERE sender = player.id) FROM player WHERE id = ?",
        (player,),
    ).fetchone()
    if row is None:
        return
    name, first = row
    named = {"name": name}
    quoted = connection.execute(
        "SELECT DISTINCT message.sender FROM draft JOIN message ON message.id = draft.message"
        f" WHERE {prompts.names('draft.prompt')}",
        named,
    ).fetchall()
    if first is not None:
        learners = forgotten.learners(connection, player) | {owner for (owner,) in quoted}
        forgotten.mark(connection, learners - {player}, forgotten.Since(first))
    agreements.forget_player(connection, player)
    connection.execute(f"DELETE FROM draft WHERE {prompts.names('draft.prompt')}", named)
    connection.execute(f"DELETE FROM unsent WHERE {prompts.names('unsent.prompt')}", named)
    connection.execute(f"UPDATE message SET scene = NULL WHERE {prompts.shows('message.scene')}", named)
    if not barred.keep(connection, player):
        changes.disown(connection, player)
    connection.execute("UPDATE change SET words = NULL, author = NULL WHERE author = ?", (player,))
    connection.execute("UPDATE edit SET player = NULL WHERE player = ?", (player,))
    connection.execute("DELETE FROM read_mark WHERE channel = ? AND peer = ?", (PRIVATE, player))
    connection.execute("DELETE FROM player WHERE id = ?", (player,))


def open_session(
    connection: sqlite3.Connection, token_hash: bytes, player: int, now: int, expires: int
) -> None:
    connection.execute("INSERT INTO session VALUES (?, ?, ?, ?)", (token_hash, player, now, expires))


def by_session(connection: sqlite3.Connection, token_hash: bytes, now: int) -> Player | None:
    """Whose session this is; None if it is unknown or expired."""
    row = connection.execute(
        f"SELECT {_PLAYER} FROM session JOIN player ON player.id = session.player"
        " WHERE token_hash = ? AND expires > ?",
        (token_hash, now),
    ).fetchone()
    return _player(row) if row else None


def end_session(connection: sqlite3.Connection, token_hash: bytes) -> None:
    connection.execute("DELETE FROM session WHERE token_hash = ?", (token_hash,))


def end_sessions(connection: sqlite3.Connection, player: int) -> None:
    connection.execute("DELETE FROM session WHERE player = ?", (player,))


def drop_expired_sessions(connection: sqlite3.Connection, now: int) -> None:
    connection.execute("DELETE FROM session WHERE expires <= ?", (now,))


def _player(row: tuple[int, str, int, int, int, int]) -> Player:
    number, name, look, admin, created, seen = row
    return Player(number, name, look, bool(admin), created, seen)
