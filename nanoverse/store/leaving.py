"""An account is deleted bit by bit: what there may be much of goes first, in short transactions, so that the deeds and
words of the others do not wait for a long one. The account goes last, at once and with what little is left
(`accounts.delete`).

That its deletion has begun is noted before anything: nobody can log in from then on, and if the process ends before the
account is gone, the next start goes on with it (`app`).
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from nanoverse.store import accounts, agreements, barred, changes, edits, forgotten
from nanoverse.store.accounts import Thinned
from nanoverse.store.database import Database

# Rows of each kind that one transaction lets go of, in some 20 ms; fewer are left to the last one.
PIECES = {
    "author": 2_000,
    "change": 4_000,
    "edit": 10_000,
    "heard": 2_000,
    "imported": 2_000,
    "prompt": 1_000,
    "said": 300,
    "told": 300,
}
SPAN = 5_000  # ids that one read looks through for a name

# By these messages is found where it stands what was agreed on in them meanwhile.
_NOT_AGREED = "NOT EXISTS (SELECT 1 FROM agreement WHERE proposed = message.id OR answered = message.id)"
_WHICH = {
    "author": "SELECT id FROM change WHERE author = :player",
    "change": "SELECT id FROM change WHERE player = :player",
    "heard": "SELECT message FROM heard WHERE player = :player",
    "imported": "SELECT id FROM imported WHERE player = :player",
    "said": f"SELECT id FROM message WHERE sender = :player AND {_NOT_AGREED}",
    "told": f"SELECT id FROM message WHERE recipient = :player AND {_NOT_AGREED}",
}
_LET_GO = {
    "author": "UPDATE change SET words = NULL, author = NULL WHERE id",
    "heard": "DELETE FROM heard WHERE player = :player AND message",
    "imported": "DELETE FROM imported WHERE id",
    "said": "DELETE FROM message WHERE id",
    "told": "DELETE FROM message WHERE id",
}


def begin(connection: sqlite3.Connection, player: int) -> None:
    connection.execute("INSERT OR IGNORE INTO leaving (player) SELECT id FROM player WHERE id = ?", (player,))


def begun(connection: sqlite3.Connection) -> list[int]:
    """Whose deletion has begun."""
    return [player for (player,) in connection.execute("SELECT player FROM leaving ORDER BY player")]


async def go_on(db: Database) -> list[int]:
    """Delete all accounts whose deletion has begun; returns which they were."""
    players = await db.read(begun)
    for player in players:
        thinned = await thin_out(db, player)
        await db.write(partial(accounts.delete, player=player, thinned=thinned))
    return players


async def thin_out(db: Database, player: int) -> Thinned:
    """Begin to delete an account, or go on with it, until little is left for `accounts.delete`, which wants the
    result."""
    await db.write(partial(begin, player=player))
    for peer in await db.read(partial(agreements.peers, player=player)):
        await db.write(partial(agreements.forget_between, one=player, other=peer))
    thinned = await _without_name(db, player)
    await _without_edits(db, player)
    if not await db.read(lambda c: player in accounts.locked(c)):  # else they stay, see `store.barred`
        await _without_changes(db, player)
    for kind in ("author", "heard", "imported"):
        await _while_many(db, player, kind, partial(_let_go, kind=kind))
    learners, first, newest = await _learners(db, player)
    for kind in ("said", "told"):
        await _while_many(db, player, kind, partial(_let_go, kind=kind))
    return replace(thinned, learners=learners, first=first, newest=newest)


async def free(db: Database, name: str) -> bool:
    """`barred.free`, likewise bit by bit: the account is long gone, but for what it changed."""
    player = await db.read(partial(barred.by_name, name=name))
    if player is not None:
        await _without_changes(db, player)
    return await db.write(partial(barred.free, name=name))


async def _without_changes(db: Database, player: int) -> None:
    await _while_many(db, player, "change", partial(changes.disown, most=PIECES["change"]))


async def _while_many(db: Database, player: int, kind: str, let_go: Callable[..., object]) -> None:
    while await db.read(partial(_are_many, player=player, kind=kind)):
        await db.write(partial(let_go, player=player))


def _are_many(connection: sqlite3.Connection, player: int, kind: str) -> bool:
    """Whether there is a whole piece of them."""
    values = {"player": player, "most": PIECES[kind]}
    (found,) = connection.execute(f"SELECT count(*) FROM ({_WHICH[kind]} LIMIT :most)", values).fetchone()
    return bool(found == PIECES[kind])


def _let_go(connection: sqlite3.Connection, player: int, kind: str) -> None:
    values = {"player": player, "most": PIECES[kind]}
    connection.execute(f"{_LET_GO[kind]} IN ({_WHICH[kind]} LIMIT :most)", values)


async def _without_name(db: Database, player: int) -> Thinned:
    """No prompt and no scene of those that there are by now names the player."""

    def look(connection: sqlite3.Connection) -> tuple[str, int | None, dict[str, int]]:
        found = accounts.by_id(connection, player)
        _, first, _ = _known(connection, player)
        newest = {
            table: connection.execute(f"SELECT coalesce(max(id), 0) FROM {table}").fetchone()[0]
            for table in ("draft", "unsent", "message")
        }
        return found.name if found else "", first or accounts.first_message(connection, player), newest

    name, first, newest = await db.read(look)
    if not name:  # gone meanwhile
        return Thinned()
    for table, last in newest.items():
        for after in range(0, last, SPAN):
            to = min(after + SPAN, last)
            ids = await db.read(partial(accounts.naming, table=table, name=name, after=after, to=to))
            for start in range(0, len(ids), PIECES["prompt"]):
                some = ids[start : start + PIECES["prompt"]]
                await db.write(partial(accounts.unname, table=table, ids=some, player=player, first=first))
    return Thinned(newest["draft"], newest["unsent"], newest["message"])


async def _without_edits(db: Database, player: int) -> None:
    after = (-(2**63), 0, 0)
    while tiles := await db.read(partial(edits.of, player=player, after=after, most=PIECES["edit"])):
        await db.write(partial(edits.disown, player=player, tiles=tiles))
        after = tiles[-1]


Known = tuple[frozenset[int] | None, int | None, int]  # `learners`, `first` and `newest` of `Thinned`


def _known(connection: sqlite3.Connection, player: int) -> Known:
    """As it was noted."""
    row = connection.execute(
        "SELECT learners, first, newest FROM leaving WHERE player = ? AND learners NOTNULL", (player,)
    ).fetchone()
    return (frozenset(json.loads(row[0])), row[1], row[2]) if row else (None, None, 0)


async def _learners(db: Database, player: int) -> Known:
    """Found out by reading all that was said since the player's first message, and noted before the messages begin to
    go that tell it."""

    def look(connection: sqlite3.Connection) -> Known:
        (newest,) = connection.execute("SELECT coalesce(max(id), 0) FROM message").fetchone()
        first = accounts.first_message(connection, player)
        learners = forgotten.learners(connection, player, first=first) if first is not None else ()
        return frozenset(learners), first, newest

    known = await db.read(partial(_known, player=player))
    if known[0] is None:
        known = await db.read(look)
        learners, first, newest = known
        noted = (json.dumps(sorted(learners or ())), first, newest, player)
        await db.write(
            lambda c: c.execute(
                "UPDATE leaving SET learners = ?, first = ?, newest = ? WHERE player = ?", noted
            )
        )
    return known
