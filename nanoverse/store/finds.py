"""What players found, and the points that come of it: a sum over rows, each written once and never changed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, replace

from nanoverse.store import shuns

POINTS = {"scroll": 3, "biome": 5, "place": 2, "ruin": 3}
COUNTED = 3  # scrolls of one author that count for one finder within a day
DAY = 86_400_000


@dataclass(frozen=True, slots=True)
class Find:
    """As `world.events.Found`; `time` in ms. `points` are settled when it is saved."""

    player: int
    kind: str
    what: str
    name: str
    text: str
    author: int | None
    x: int
    y: int
    time: int
    points: int = 0


@dataclass(frozen=True, slots=True)
class FoundScroll:
    """`by` is its author's name."""

    id: int
    text: str
    author: int
    by: str
    x: int
    y: int
    points: int
    time: int


@dataclass(frozen=True, slots=True)
class Landmark:
    """A region ("place") or a "ruin", with the tile in its middle."""

    kind: str
    name: str
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Rank:
    player: int
    name: str
    points: int
    rank: int


def put(connection: sqlite3.Connection, finds: Iterable[Find]) -> list[Find]:
    """Save finds; returns those that are new and may be told, with their points: not those by whom the finder shuns.

    What was found before, one's own scroll, and what a player deleted meanwhile found, is none.
    """
    new = []
    for find in finds:
        if find.author == find.player:
            continue
        points = POINTS[find.kind] if _counts(connection, find) else 0
        saved = connection.execute(
            "INSERT INTO find SELECT ?1, ?2, ?3, ?4, (SELECT id FROM player WHERE id = ?5), ?6, ?7, ?8, ?9"
            " WHERE EXISTS (SELECT 1 FROM player WHERE id = ?1) ON CONFLICT DO NOTHING",
            (
                find.player,
                find.kind,
                find.what,
                find.name,
                find.author,
                find.x,
                find.y,
                points,
                find.time,
            ),
        )
        if saved.rowcount == 1 and not shuns.shuns(connection, find.player, find.author):
            new.append(replace(find, points=points))
    return new


def _counts(connection: sqlite3.Connection, find: Find) -> bool:
    """Whether a find gives points. A clock that was set back gives none again: later finds count as of today."""
    if find.author is None:
        return True
    (counted,) = connection.execute(
        "SELECT count(*) FROM find WHERE player = ? AND author = ? AND points > 0 AND time > ?",
        (find.player, find.author, find.time - DAY),
    ).fetchone()
    return bool(counted < COUNTED)


def known(connection: sqlite3.Connection) -> list[tuple[int, str, str]]:
    """Who has found what, as (player, kind, what)."""
    return connection.execute("SELECT player, kind, what FROM find").fetchall()


def scrolls(connection: sqlite3.Connection, player: int, limit: int) -> list[FoundScroll]:
    """The scrolls that a player found, the newest first; not those whose author's account is gone, or whom the
    player shuns."""
    rows = connection.execute(
        "SELECT scroll.id, scroll.text, author.id, author.name, scroll.x, scroll.y, find.points, find.time FROM find"
        " JOIN scroll ON scroll.id = CAST(find.what AS INTEGER) JOIN player AS author ON author.id = scroll.player"
        " WHERE find.player = ? AND find.kind = 'scroll' AND NOT EXISTS"
        " (SELECT 1 FROM shun WHERE shun.player = find.player AND shun.peer = find.author)"
        " ORDER BY find.time DESC, scroll.id DESC LIMIT ?",
        (player, limit),
    )
    return [FoundScroll(*row) for row in rows]


def scroll(connection: sqlite3.Connection, player: int, id: int) -> FoundScroll | None:
    """A scroll, if this player can read it: found it, and shuns not its author."""
    return next((one for one in scrolls(connection, player, -1) if one.id == id), None)


def finders(connection: sqlite3.Connection, author: int) -> dict[int, int]:
    """How many have found each scroll of an author."""
    rows = connection.execute(
        "SELECT CAST(what AS INTEGER), count(*) FROM find WHERE author = ? GROUP BY what", (author,)
    )
    return dict(rows.fetchall())


def counts(connection: sqlite3.Connection, player: int) -> dict[str, int]:
    """How many a player found of each kind."""
    rows = connection.execute("SELECT kind, count(*) FROM find WHERE player = ? GROUP BY kind", (player,))
    return dict(rows.fetchall())


def landmarks(connection: sqlite3.Connection, player: int, x: int, y: int, limit: int) -> list[Landmark]:
    """The regions and ruins that a player has discovered, those nearest to tile x, y first."""
    rows = connection.execute(
        "SELECT kind, name, what FROM find WHERE player = ?1 AND kind IN ('place', 'ruin')"
        " ORDER BY (x - ?2) * (x - ?2) + (y - ?3) * (y - ?3), what LIMIT ?4",
        (player, x, y, limit),
    )
    return [Landmark(kind, name, *map(int, what.split(","))) for kind, name, what in rows]


def leaderboard(connection: sqlite3.Connection, top: int, player: int) -> list[Rank]:
    """The `top` players by points, the best first, and at the end this player if not among them; who has no points
    has no rank. Equal points are an equal rank."""
    rows = connection.execute(
        "WITH score AS (SELECT player, sum(points) AS points FROM find GROUP BY player HAVING sum(points) > 0),"
        " place AS (SELECT player, points, rank() OVER (ORDER BY points DESC) AS rank,"
        " row_number() OVER (ORDER BY points DESC, player) AS line FROM score)"
        " SELECT id, name, points, rank FROM place JOIN player ON id = place.player"
        " WHERE line <= ? OR id = ? ORDER BY line",
        (top, player),
    )
    return [Rank(*row) for row in rows]
