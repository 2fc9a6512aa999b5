"""What players reported of others, for the admin. What was said is copied, so that it reads as it was reported."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Report:
    """`reporter` complains about `name`: about a text (by their agent, if `by_agent`), or ('') about them in general.
    `handled` and `time` in ms; 0: not handled yet. `locked`: whether the account of `name` is, by now."""

    id: int
    reporter: str
    name: str
    text: str
    by_agent: bool
    reason: str
    time: int
    handled: int
    locked: bool


def add(
    connection: sqlite3.Connection,
    player: int,
    peer: int,
    message: int | None,
    text: str,
    by_agent: bool,
    reason: str,
    now: int,
) -> None:
    connection.execute(
        "INSERT INTO report (player, peer, message, text, by_agent, reason, time) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (player, peer, message, text, by_agent, reason, now),
    )


def is_open(connection: sqlite3.Connection, player: int, peer: int, message: int | None, text: str) -> bool:
    """Whether the player has reported this already and nobody has looked at it yet."""
    row = connection.execute(
        "SELECT 1 FROM report WHERE player = ? AND peer = ? AND message IS ?"
        " AND (message IS NOT NULL OR text = ?) AND handled IS NULL",
        (player, peer, message, text),
    ).fetchone()
    return row is not None


def count_open(connection: sqlite3.Connection, player: int) -> int:
    (count,) = connection.execute(
        "SELECT count(*) FROM report WHERE player = ? AND handled IS NULL", (player,)
    ).fetchone()
    return int(count)


def open_about(connection: sqlite3.Connection, peer: int) -> list[str]:
    """Who has reported this player without anybody having looked at it yet: a name for each report."""
    return [
        name
        for (name,) in connection.execute(
            "SELECT player.name FROM report JOIN player ON player.id = report.player"
            " WHERE report.peer = ? AND handled IS NULL ORDER BY report.id",
            (peer,),
        )
    ]


def handle(connection: sqlite3.Connection, report: int, handled: int | None) -> bool:
    """Mark as handled, or (None) as open again; False if there is no such report.

    One that is handled and whose message is gone goes, too (`store.forgetting`). One of a scroll never had a message;
    the scroll is there as long as its author and whoever found it, and so as long as the report.
    """
    found = bool(connection.execute("UPDATE report SET handled = ? WHERE id = ?", (handled, report)).rowcount)
    connection.execute(
        "DELETE FROM report WHERE id = ? AND handled IS NOT NULL AND message IS NULL AND text <> '' AND NOT EXISTS"
        " (SELECT 1 FROM scroll WHERE scroll.player = report.peer AND scroll.text = report.text)",
        (report,),
    )
    return found


def newest(connection: sqlite3.Connection, limit: int) -> list[Report]:
    """The open ones first, each group with its newest first."""
    rows = connection.execute(
        "SELECT report.id, reporter.name, accused.name, text, by_agent, reason, time, coalesce(handled, 0),"
        " accused.locked IS NOT NULL FROM report"
        " JOIN player AS reporter ON reporter.id = report.player JOIN player AS accused ON accused.id = report.peer"
        " ORDER BY handled IS NOT NULL, report.id DESC LIMIT ?",
        (limit,),
    )
    return [
        Report(number, reporter, name, text, bool(agent), reason, time, handled, bool(locked))
        for number, reporter, name, text, agent, reason, time, handled, locked in rows
    ]
