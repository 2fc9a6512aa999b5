"""What an adapter version learnt, as its player is shown it: gain, new words, answers beside those of the one before.

All of it goes with the version, and an answer goes with the player whose words it is an answer to.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Answered:
    """What `speaker` (a player's name) said, and what the version before and the new one answer."""

    speaker: str
    heard: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Learnt:
    """`gain` in nats per token over the version before, None if there was none."""

    version: int
    gain: float | None
    words: tuple[str, ...]
    phrases: tuple[str, ...]
    answers: tuple[Answered, ...]


def put(
    connection: sqlite3.Connection,
    version: int,
    gain: float | None,
    words: Sequence[str],
    phrases: Sequence[str],
    answers: Iterable[Answered],
) -> None:
    """Keep what a version learnt; what nobody of that name has said is quoted without an owner."""
    connection.execute(
        "INSERT INTO learnt VALUES (?, ?, ?, ?)", (version, gain, json.dumps(words), json.dumps(phrases))
    )
    connection.executemany(
        "INSERT INTO answered SELECT ?, ?, (SELECT id FROM player WHERE name = ?), ?, ?, ?, ?",
        (
            (version, place, one.speaker, one.speaker, one.heard, one.before, one.after)
            for place, one in enumerate(answers)
        ),
    )


def of(connection: sqlite3.Connection, version: int) -> Learnt | None:
    row = connection.execute(
        "SELECT gain, words, phrases FROM learnt WHERE version = ?", (version,)
    ).fetchone()
    if row is None:
        return None
    answers = connection.execute(
        "SELECT speaker, heard, before, after FROM answered WHERE version = ? ORDER BY place", (version,)
    )
    gain, words, phrases = row
    return Learnt(
        version,
        gain,
        tuple(json.loads(words)),
        tuple(json.loads(phrases)),
        tuple(Answered(*answer) for answer in answers),
    )
