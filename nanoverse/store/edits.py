"""Where the world differs from what its seed grows: the last edit of each tile and layer."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

from nanoverse.world.tiles import NO_PAINT, PAINT


@dataclass(frozen=True, slots=True)
class Edit:
    """`layer` 0 is the ground, 1 the block on it, 2 the paint, whose colour is `block`. `player` is None if the account
    is gone. `time` in ms."""

    x: int
    y: int
    layer: int
    block: int
    player: int | None
    by_agent: bool
    time: int


def put(connection: sqlite3.Connection, edits: Iterable[Edit]) -> None:
    """Save edits in their order; a later one of the same tile and layer replaces the earlier, and of paint that was
    scraped off nothing stays. Who was deleted meanwhile, or is about to be, is not named."""
    edits = list(edits)
    connection.executemany(
        "INSERT OR REPLACE INTO edit VALUES (?, ?, ?, ?,"
        " (SELECT id FROM player WHERE id = ? AND id NOT IN (SELECT player FROM leaving)), ?, ?)",
        ((e.x, e.y, e.layer, e.block, e.player, e.by_agent, e.time) for e in edits),
    )
    connection.executemany(
        "DELETE FROM edit WHERE x = ? AND y = ? AND layer = ? AND block = ?",
        ((e.x, e.y, e.layer, e.block) for e in edits if (e.layer, e.block) == (PAINT, NO_PAINT)),
    )


def everything(connection: sqlite3.Connection) -> list[Edit]:
    return _edits(connection.execute("SELECT * FROM edit"))


def within(connection: sqlite3.Connection, x: int, y: int, width: int, height: int) -> list[Edit]:
    """The edits of a rectangle of tiles, its north-west corner at x, y."""
    rectangle = (x, x + width, y, y + height)
    return _edits(
        connection.execute("SELECT * FROM edit WHERE x >= ? AND x < ? AND y >= ? AND y < ?", rectangle)
    )


def of(
    connection: sqlite3.Connection, player: int, after: tuple[int, int, int], most: int
) -> list[tuple[int, int, int]]:
    """The first tiles and layers after one, in their order, whose edits name this player."""
    return connection.execute(
        "SELECT x, y, layer FROM edit WHERE player = ? AND (x, y, layer) > (?, ?, ?) ORDER BY x, y, layer LIMIT ?",
        (player, *after, most),
    ).fetchall()


def disown(connection: sqlite3.Connection, player: int, tiles: Iterable[tuple[int, int, int]]) -> None:
    """The edits of these tiles and layers do not name the player any more."""
    connection.executemany(
        "UPDATE edit SET player = NULL WHERE x = ? AND y = ? AND layer = ? AND player = ?",
        ((*tile, player) for tile in tiles),
    )


def _edits(rows: Iterable[tuple[int, int, int, int, int | None, int, int]]) -> list[Edit]:
    return [Edit(x, y, layer, block, who, bool(agent), at) for x, y, layer, block, who, agent, at in rows]
