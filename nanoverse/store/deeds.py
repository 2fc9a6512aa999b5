"""What agents did with their players' bodies, summed up for each absence; and which changes of the world that was."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from dataclasses import dataclass

from nanoverse.store.changes import Selection
from nanoverse.world.blocks import AIR, by_name

KEPT = 1000  # newest lines of each player; no age, since a clock that jumps would make all of them old
_BEFORE = 1000  # ms; a change is logged a moment before the first deed of an absence, which it was, is noted


@dataclass(frozen=True, slots=True)
class Deed:
    """In the absence that began with the deed at `since`, an agent `verb` `count` of `what`, the last time at tile x, y
    and `time`; times in ms."""

    player: int
    since: int
    verb: str
    what: str
    count: int
    x: int
    y: int
    time: int


def changes_of(deed: Deed) -> Selection | None:
    """The changes that a deed consists of; None for one that changed no tile: what was made."""
    try:
        block = by_name(deed.what).id
    except KeyError:  # of a table of blocks that is no more
        return None
    if deed.verb not in ("gathered", "placed"):
        return None
    gave, cost = (block, AIR) if deed.verb == "gathered" else (AIR, block)
    since = deed.since - _BEFORE
    return Selection(since, deed.player, by_agent=True, until=deed.time, gave=gave, cost=cost)


def find(connection: sqlite3.Connection, player: int, since: int, verb: str, what: str) -> Deed | None:
    row = connection.execute(
        "SELECT * FROM deed WHERE player = ? AND since = ? AND verb = ? AND what = ?",
        (player, since, verb, what),
    ).fetchone()
    return Deed(*row) if row else None


def add(connection: sqlite3.Connection, deeds: Collection[Deed]) -> None:
    """Add to what was done, in whichever order; players deleted meanwhile are passed over. With a new absence the
    oldest are forgotten."""
    begun = {deed.player for deed in deeds if not _is_known(connection, deed)}
    connection.executemany(
        "INSERT INTO deed SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8 WHERE EXISTS (SELECT 1 FROM player WHERE id = ?1)"
        " ON CONFLICT DO UPDATE SET count = count + excluded.count, time = max(time, excluded.time),"
        " x = CASE WHEN excluded.time < time THEN x ELSE excluded.x END,"
        " y = CASE WHEN excluded.time < time THEN y ELSE excluded.y END",
        ((d.player, d.since, d.verb, d.what, d.count, d.x, d.y, d.time) for d in deeds),
    )
    connection.executemany(
        "DELETE FROM deed WHERE player = ?1 AND since <"
        " (SELECT since FROM deed WHERE player = ?1 ORDER BY since DESC LIMIT 1 OFFSET ?2)",
        ((player, KEPT - 1) for player in begun),
    )


def _is_known(connection: sqlite3.Connection, deed: Deed) -> bool:
    """Whether another of the same absence is."""
    found = connection.execute(
        "SELECT 1 FROM deed WHERE player = ? AND since = ? LIMIT 1", (deed.player, deed.since)
    )
    return found.fetchone() is not None


def going_on(connection: sqlite3.Connection) -> dict[int, int]:
    """When the absence of each player began that goes on: that of their newest deeds, if they have not been there since
    and have read nothing of it yet."""
    return dict(
        connection.execute(
            "SELECT id, newest FROM (SELECT id, seen, (SELECT max(since) FROM deed WHERE player = player.id) AS newest"
            " FROM player) LEFT JOIN digest_mark ON player = id WHERE newest >= seen AND newest > coalesce(to_time, 0)"
        )
    )


def count(connection: sqlite3.Connection, player: int, after: int, to: int) -> int:
    """How many there are `between` two moments."""
    (lines,) = connection.execute(
        "SELECT count(*) FROM deed WHERE player = ? AND time > ? AND time <= ?", (player, after, to)
    ).fetchone()
    return int(lines)


def between(connection: sqlite3.Connection, player: int, after: int, to: int, limit: int) -> list[Deed]:
    """What the player's agent did last after one moment and up to another, the newest first."""
    rows = connection.execute(
        "SELECT * FROM deed WHERE player = ? AND time > ? AND time <= ? ORDER BY time DESC, verb, what LIMIT ?",
        (player, after, to, limit),
    )
    return [Deed(*row) for row in rows]
