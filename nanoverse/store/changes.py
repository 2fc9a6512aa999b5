"""Who changed what: every block that was dug or placed, the newest KEPT of them, and which were taken back."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

KEPT = 1_000_000  # newest changes, some 50 bytes each; older ones are forgotten and cannot be rolled back


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
    """Layer `layer` of tile x, y was `before` and became `after`; see `world.events.BlockChanged` for the rest.
    `player` is None if the account is gone; `time` in ms."""

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


@dataclass(frozen=True, slots=True)
class Selection:
    """Changes since a time (ms): of one player or of all but one, by the agent or in person or either, within any of
    these areas or anywhere."""

    since: int
    player: int | None = None
    but: int | None = None
    by_agent: bool | None = None
    areas: tuple[Area, ...] | None = None

    def takes(self, change: Change) -> bool:
        """Whether a change is meant."""
        return (
            change.time >= self.since
            and self.player in (None, change.player)
            and (self.but is None or change.player != self.but)
            and self.by_agent in (None, change.by_agent)
            and (self.areas is None or any(area.has(change) for area in self.areas))
        )


_COLUMNS = "x, y, layer, before, after, player, by_agent, gave, cost, time, id"


def put(connection: sqlite3.Connection, changes: Iterable[Change]) -> None:
    """Add changes in their order, and forget those that are too old. Who was deleted meanwhile is not named."""
    connection.executemany(
        "INSERT INTO change (x, y, layer, before, after, player, by_agent, gave, cost, time)"
        " VALUES (?, ?, ?, ?, ?, (SELECT id FROM player WHERE id = ?), ?, ?, ?, ?)",
        (
            (c.x, c.y, c.layer, c.before, c.after, c.player, c.by_agent, c.gave, c.cost, c.time)
            for c in changes
        ),
    )
    connection.execute("DELETE FROM change WHERE id <= (SELECT max(id) FROM change) - ?", (KEPT,))


def mark_undone(connection: sqlite3.Connection, ids: Sequence[int], now: int) -> None:
    """These changes were taken back; they stay in the log, and no later roll-back looks at them."""
    connection.executemany("UPDATE change SET undone = ? WHERE id = ?", ((now, id) for id in ids))


def newest(connection: sqlite3.Connection, selection: Selection, limit: int) -> list[Change]:
    """The newest changes that are meant, also those that were taken back."""
    where, values = _where(selection)
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM change WHERE {where} ORDER BY id DESC LIMIT ?", (*values, limit)
    )
    return [_change(row) for row in rows]


def stacks(
    connection: sqlite3.Connection, selection: Selection, most: int
) -> dict[tuple[int, int, int], list[Change]] | None:
    """All changes, of anybody, since then and not taken back, of each tile and layer with one that is meant: the newest
    first. None if there are more than `most` such tiles."""
    where, values = _where(selection)
    # Without areas the index by place only leads astray: it would be walked through as a whole.
    how = "NOT INDEXED" if selection.areas is None else ""
    touched = (
        f"SELECT DISTINCT x, y, layer FROM change {how} WHERE undone IS NULL AND {where} LIMIT {most + 1}"
    )
    if len(connection.execute(touched, values).fetchall()) > most:
        return None
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM change JOIN ({touched}) USING (x, y, layer)"
        " WHERE undone IS NULL AND time >= ? ORDER BY id DESC",
        (*values, selection.since),
    )
    found: dict[tuple[int, int, int], list[Change]] = {}
    for change in map(_change, rows):
        found.setdefault((change.x, change.y, change.layer), []).append(change)
    return found


def _where(selection: Selection) -> tuple[str, list[int]]:
    parts, values = ["time >= ?"], [selection.since]
    for column, value in (("player", selection.player), ("by_agent", selection.by_agent)):
        if value is not None:
            parts.append(f"{column} = ?")
            values.append(int(value))
    if selection.but is not None:
        parts.append("player IS NOT ?")
        values.append(selection.but)
    if selection.areas is not None:
        inside = " OR ".join(["x >= ? AND x < ? AND y >= ? AND y < ? AND time >= ?"] * len(selection.areas))
        parts.append(f"({inside or 'false'})")
        for a in selection.areas:
            values += [a.x, a.x + a.width, a.y, a.y + a.height, a.since]
    return " AND ".join(parts), values


def _change(row: tuple[int, ...]) -> Change:
    x, y, layer, before, after, player, by_agent, gave, cost, time, id = row
    return Change(x, y, layer, before, after, player, bool(by_agent), gave, cost, time, id)
