"""Players and their sessions. Passwords arrive hashed, session tokens as their SHA-256."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
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


@dataclass(frozen=True, slots=True)
class Thinned:
    """What `store.leaving` has seen to before an account is deleted.

    Nothing up to these drafts, unsent lines and messages names the player any more, and no edit of the world does. Of
    the `learners` (None: not known) it was found out when `newest` was the newest message, and `first` the first one
    that the player ever said.
    """

    draft: int = 0
    unsent: int = 0
    message: int = 0
    learners: frozenset[int] | None = None
    first: int | None = None
    newest: int = 0


def delete(connection: sqlite3.Connection, player: int, thinned: Thinned | None = None) -> bool:
    """Forget a player: account, body, words, adapter versions, and whatever of others' names them: drafts whose
    prompts do, the scenes in which they stood, what was agreed on with them, what was shown of an answer to them.

    Whose agents learnt from their words is noted in `store.forgotten`. What they built stays, without their name, and
    of who is locked, with their number (`store.barred`). The adapter folders are removed by whoever owns the folders.
    Returns False, and does nothing, if there is no such player.
    """
    found = by_id(connection, player)
    if found is None:
        return False
    seen = thinned or Thinned()
    first = seen.first or first_message(connection, player)
    if first is not None:
        if seen.learners is None:
            learners = forgotten.learners(connection, player, first=first)
        else:  # whoever has spoken since may have learnt from them, too
            learners = {*seen.learners, *speakers(connection, seen.newest)}
        forgotten.mark(connection, learners - {player}, forgotten.Since(first))
    agreements.forget_player(connection, player)
    for table, after in (("draft", seen.draft), ("unsent", seen.unsent), ("message", seen.message)):
        unname(connection, table, naming(connection, table, found.name, after), player, first)
    if not barred.keep(connection, player):
        changes.disown(connection, player)
    connection.execute("UPDATE change SET words = NULL, author = NULL WHERE author = ?", (player,))
    if thinned is None:
        connection.execute("UPDATE edit SET player = NULL WHERE player = ?", (player,))
    connection.execute("DELETE FROM read_mark WHERE channel = ? AND peer = ?", (PRIVATE, player))
    connection.execute("DELETE FROM player WHERE id = ?", (player,))
    return True


def first_message(connection: sqlite3.Connection, player: int) -> int | None:
    """The first that they or their agent said and that is still there."""
    (first,) = connection.execute("SELECT min(id) FROM message WHERE sender = ?", (player,)).fetchone()
    return None if first is None else int(first)


def speakers(connection: sqlite3.Connection, after: int) -> set[int]:
    """Who has said something themselves after this message."""
    # Not DISTINCT: SQLite would walk all that was ever said by the index of senders.
    rows = connection.execute("SELECT sender FROM message WHERE id > ? AND NOT by_agent", (after,))
    return {sender for (sender,) in rows}


_NAMES = {
    "draft": prompts.names("draft.prompt"),
    "unsent": prompts.names("unsent.prompt"),
    "message": prompts.shows("message.scene"),
}


def naming(
    connection: sqlite3.Connection, table: str, name: str, after: int = 0, to: int = forgotten.NOTHING
) -> list[int]:
    """The ids, after one and up to another, of the drafts, the unsent lines or the messages (`table`) of which the
    prompt or the scene shows this name."""
    rows = connection.execute(
        f"SELECT id FROM {table} WHERE id > :after AND id <= :to AND {_NAMES[table]}",
        {"name": name, "after": after, "to": to},
    )
    return [number for (number,) in rows]


def unname(
    connection: sqlite3.Connection, table: str, ids: Sequence[int], player: int, first: int | None
) -> None:
    """Let go of these prompts or scenes because they name a player, whose first message was `first`."""
    numbers = [(number,) for number in ids]
    if table == "message":
        connection.executemany("UPDATE message SET scene = NULL WHERE id = ?", numbers)
        return
    if table == "draft" and first is not None:  # its owner's agent may have learnt from it
        owners = connection.execute(
            "SELECT DISTINCT sender FROM message JOIN draft ON draft.message = message.id"
            " WHERE draft.id IN (SELECT value FROM json_each(?))",
            (json.dumps(list(ids)),),
        )
        forgotten.mark(connection, {owner for (owner,) in owners} - {player}, forgotten.Since(first))
    connection.executemany(f"DELETE FROM {table} WHERE id = ?", numbers)


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
