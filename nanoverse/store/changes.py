"""Who changed what: every block that was dug or placed and every sign that was written on, KEPT of them, and which were
taken back.

When there are more, the oldest of whoever has most of them go: nobody can push out what another did.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from nanoverse.world.signs import BLANK, Words

KEPT = 1_000_000  # changes, some 100 bytes each with their indexes; those forgotten cannot be rolled back


@dataclass(frozen=True, slots=True)
class Area:
    """Tiles from x, y at the north-west on; what was changed there before `since` (ms) is not meant."""

    x: int
    y: int
    width: int
    height: int
    since: int = 0

    def has(self, change: Change) -> bool:
        return (
            0 <= change.x - self.x < self.width
            and 0 <= change.y - self.y < self.height
            and change.time >= self.since
        )


@dataclass(frozen=True, slots=True)
class Change:
    """Layer `layer` of tile x, y was `before` and became `after`; see `world.events.BlockChanged` for the rest. Or the
    sign there (`world.undo.WRITING`) said `words` before. `player` is None if the account is gone; `time` in ms."""

    x: int
    y: int
    layer: int
    before: int
    after: int
    player: int | None
    by_agent: bool
    gave: int
    cost: int
    time: int
    id: int = 0
    words: Words = BLANK


@dataclass(frozen=True, slots=True)
class Selection:
    """Changes since a time (ms), and up to another: of one player or of all but one, by the agent or in person or
    either, within any of these areas or anywhere; those that gave this block, or cost it, or any."""

    since: int
    player: int | None = None
    but: int | None = None
    by_agent: bool | None = None
    areas: tuple[Area, ...] | None = None
    until: int | None = None
    gave: int | None = None
    cost: int | None = None

    def takes(self, change: Change) -> bool:
        """Whether a change is meant."""
        return (
            change.time >= self.since
            and self.player in (None, change.player)
            and (self.but is None or change.player != self.but)
            and self.by_agent in (None, change.by_agent)
            and (self.areas is None or any(area.has(change) for area in self.areas))
            and (self.until is None or change.time <= self.until)
            and self.gave in (None, change.gave)
            and self.cost in (None, change.cost)
        )


_COLUMNS = "x, y, layer, before, after, player, by_agent, gave, cost, time, id, words, author"


def put(connection: sqlite3.Connection, changes: Iterable[Change]) -> None:
    """Add changes in their order, and forget what is too much. Who was deleted meanwhile is not named."""
    connection.executemany(
        "INSERT INTO change (x, y, layer, before, after, player, by_agent, gave, cost, time, words, author)"
        " SELECT ?1, ?2, ?3, ?4, ?5, (SELECT id FROM player WHERE id = ?6), ?7, ?8, ?9, ?10,"
        " iif(author.id IS NULL, NULL, ?11), author.id FROM (SELECT 1) LEFT JOIN player AS author ON author.id = ?12",
        (
            (c.x, c.y, c.layer, c.before, c.after, c.player, c.by_agent, c.gave, c.cost, c.time, *c.words)
            for c in changes
        ),
    )
    _forget_oldest(connection)


def _forget_oldest(connection: sqlite3.Connection) -> None:
    player, _, all_kept = connection.execute(
        "SELECT nullif(player, 0), max(many), sum(many) FROM change_count"
    ).fetchone()
    if (too_many := (all_kept or 0) - KEPT) > 0:
        connection.execute(
            "DELETE FROM change WHERE id IN (SELECT id FROM change WHERE player IS ? ORDER BY time, id LIMIT ?)",
            (player, too_many),
        )


def disown(connection: sqlite3.Connection, player: int, most: int = -1) -> int:
    """The account is gone, or about to go, and these many changes (-1: all) name it no more; returns how many did."""
    disowned = connection.execute(
        "UPDATE change SET player = NULL WHERE id IN (SELECT id FROM change WHERE player = ? LIMIT ?)",
        (player, most),
    ).rowcount
    # At once, not by a trigger for each change: they may be hundreds of thousands.
    connection.execute(
        "INSERT INTO change_count SELECT 0, ? WHERE EXISTS (SELECT 1 FROM change_count WHERE player = ?)"
        " ON CONFLICT DO UPDATE SET many = many + excluded.many",
        (disowned, player),
    )
    connection.execute("UPDATE change_count SET many = many - ? WHERE player = ?", (disowned, player))
    connection.execute("DELETE FROM change_count WHERE player = ? AND many = 0", (player,))
    return disowned


def mark_undone(connection: sqlite3.Connection, ids: Sequence[int], now: int) -> None:
    """These changes were taken back; they stay in the log, and no later roll-back looks at them."""
    connection.executemany("UPDATE change SET undone = ? WHERE id = ?", ((now, id) for id in ids))


def stacks(
    connection: sqlite3.Connection, selection: Selection, most: int
) -> dict[tuple[int, int, int], list[Change]] | None:
    """All changes, of anybody, since then and not taken back, of each tile and layer with one that is meant: the newest
    first. None if more than `most` changes would have to be looked at for that."""
    if selection.areas is None:
        rows = _beside_those_meant(connection, selection, most + 1)
    else:
        rows = _within(connection, selection.areas, selection.since, most + 1)
    if len(rows) > most:
        return None
    found: dict[tuple[int, int, int], list[Change]] = {}
    for change in sorted(map(_change, rows), key=lambda change: -change.id):
        found.setdefault((change.x, change.y, change.layer), []).append(change)
    return {tile: stack for tile, stack in found.items() if any(map(selection.takes, stack))}


def _within(
    connection: sqlite3.Connection, areas: Iterable[Area], since: int, limit: int
) -> list[tuple[int, ...]]:
    """Column by column, as the index has them: nothing beside the areas is looked at."""
    rows: list[tuple[int, ...]] = []
    for area in areas:
        for x in range(area.x, area.x + area.width):
            rows += connection.execute(
                f"SELECT {_COLUMNS} FROM change INDEXED BY change_by_place"
                " WHERE x = ? AND y >= ? AND y < ? AND time >= ? AND undone IS NULL LIMIT ?",
                (x, area.y, area.y + area.height, max(since, area.since), limit - len(rows)),
            ).fetchall()
    return rows


def _beside_those_meant(
    connection: sqlite3.Connection, selection: Selection, limit: int
) -> list[tuple[int, ...]]:
    where, values = _where(selection)
    meant = f"SELECT x, y, layer FROM change {_how(selection)} WHERE undone IS NULL AND {where} LIMIT {limit}"
    tiles = connection.execute(meant, values).fetchall()
    if len(tiles) == limit:
        return tiles
    return connection.execute(
        f"SELECT {_COLUMNS} FROM (SELECT DISTINCT * FROM ({meant})) CROSS JOIN change USING (x, y, layer)"
        " WHERE undone IS NULL AND time >= ? LIMIT ?",
        (*values, selection.since, limit),
    ).fetchall()


def counts(connection: sqlite3.Connection, selection: Selection) -> tuple[int, int]:
    """How many of the changes that are meant stand, and how many were taken back."""
    where, values = _where(selection)
    standing, undone = connection.execute(
        f"SELECT count(*) - count(undone), count(undone) FROM change {_how(selection)} WHERE {where}", values
    ).fetchone()
    return standing, undone


def _how(selection: Selection) -> str:
    """The index to look by: without areas the one by place only leads astray, it would be walked through as a whole."""
    if selection.player is None:
        return "NOT INDEXED"
    of_a_deed = selection.by_agent and selection.gave is not None
    return f"INDEXED BY {'change_by_agent' if of_a_deed else 'change_by_player'}"


def _where(selection: Selection) -> tuple[str, list[int]]:
    """What a change must be to be meant, wherever it is."""
    parts, values = ["time >= ?"], [selection.since]
    if selection.by_agent is not None:
        parts.append(f"by_agent = {selection.by_agent:d}")  # not a parameter: the index is of rows with 1
    for wanted, value in (
        ("player = ?", selection.player),
        ("time <= ?", selection.until),
        ("gave = ?", selection.gave),
        ("cost = ?", selection.cost),
    ):
        if value is not None:
            parts.append(wanted)
            values.append(value)
    if selection.but is not None:
        parts.append("player IS NOT ?")
        values.append(selection.but)
    return " AND ".join(parts), values


def _change(row: tuple[Any, ...]) -> Change:
    x, y, layer, before, after, player, by_agent, gave, cost, time, id, words, author = row
    said = (words or "", author)
    return Change(x, y, layer, before, after, player, bool(by_agent), gave, cost, time, id, said)
