"""The nightly trainings and what each did for each player."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass, field
from typing import Any

LIVE, OFFERED, REFUSED, SKIPPED, FAILED = "live", "offered", "refused", "skipped", "failed"
RESULTS = (LIVE, OFFERED, REFUSED, SKIPPED, FAILED)

# Why a player's turn passed without a look at their words, which are new to a later one, then.
UNWISHED = "Its player wants it to learn nothing at the moment."
LOCKED = "The account is locked."


@dataclass(frozen=True, slots=True)
class Night:
    """`due` is local date and time in ISO form, with a "?" where the clock that said so was wrong, or '' when asked for
    by hand; `finished` None: not yet, or cut off, or its window was too short for all."""

    id: int
    due: str
    started: int
    finished: int | None


@dataclass(frozen=True, slots=True)
class NightResult:
    """`result` is one of `RESULTS`; `gain` in nats per token where it was measured.

    `reason` is for the player, `figures` are for the admin; `messages` were gone by, and others `left_out`, by reason.
    """

    night: int
    player: int
    result: str
    reason: str
    gain: float | None
    seconds: float
    figures: str = ""
    messages: int = 0
    left_out: dict[str, int] = field(default_factory=dict)


def start(connection: sqlite3.Connection, due: str, now: int) -> int:
    """A new night; returns its id."""
    return connection.execute("INSERT INTO night (due, started) VALUES (?, ?)", (due, now)).lastrowid or 0


def record(connection: sqlite3.Connection, result: NightResult) -> None:
    """What the night did for one player; said again, it replaces what was said before."""
    connection.execute(
        "INSERT OR REPLACE INTO night_result VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            result.night,
            result.player,
            result.result,
            result.reason,
            result.gain,
            result.seconds,
            result.figures,
            result.messages,
            json.dumps(result.left_out),
        ),
    )


def finish(connection: sqlite3.Connection, night: int, now: int) -> None:
    connection.execute("UPDATE night SET finished = ? WHERE id = ?", (now, night))


def doubt(connection: sqlite3.Connection, after: str) -> None:
    """Nights that are named by a local time beyond this one, ISO, do not stand for those of their dates."""
    connection.execute("UPDATE night SET due = due || '?' WHERE due > ? AND due NOT LIKE '%?'", (after,))


def by_due(connection: sqlite3.Connection, due: str) -> Night | None:
    """The newest night that was due then: what a restart asks, to finish it or leave it be."""
    row = connection.execute("SELECT * FROM night WHERE due = ? ORDER BY id DESC LIMIT 1", (due,)).fetchone()
    return Night(*row) if row else None


def shown(connection: sqlite3.Connection) -> list[Night]:
    """The newest night that the clock began, and before it, if that is newer, the newest by hand."""
    rows = connection.execute(
        "SELECT * FROM night WHERE id IN"
        " ((SELECT max(id) FROM night), (SELECT max(id) FROM night WHERE due != '')) ORDER BY id DESC"
    )
    return [Night(*row) for row in rows]


def lengths(connection: sqlite3.Connection, limit: int) -> list[tuple[Night, float]]:
    """The newest nights that did something, newest first, and how many seconds their lessons took in all."""
    rows = connection.execute(
        "SELECT night.*, sum(seconds) FROM night JOIN night_result ON night_result.night = night.id"
        " GROUP BY night.id ORDER BY night.id DESC LIMIT ?",
        (limit,),
    )
    return [(Night(*row[:4]), row[4]) for row in rows]


def results(connection: sqlite3.Connection, night: int) -> list[NightResult]:
    rows = connection.execute("SELECT * FROM night_result WHERE night = ? ORDER BY player", (night,))
    return [_result(row) for row in rows]


def newest_result(connection: sqlite3.Connection, player: int) -> tuple[Night, NightResult] | None:
    """What the newest night that had its turn with a player did for them."""
    row = connection.execute(
        "SELECT * FROM night_result WHERE player = ? ORDER BY night DESC LIMIT 1", (player,)
    ).fetchone()
    if row is None:
        return None
    night = connection.execute("SELECT * FROM night WHERE id = ?", (row[0],)).fetchone()
    return Night(*night), _result(row)


def _result(row: tuple[Any, ...]) -> NightResult:
    columns = [*row[:-1], json.loads(row[-1])]
    return NightResult(*columns)
