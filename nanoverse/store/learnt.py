"""What an adapter version learnt, as its player is shown it: gain, new words, answers beside those of what it was held
against.

All of it goes with the version, and an answer goes with the player whose words it is an answer to.
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass

from nanoverse.store import forgotten


@dataclass(frozen=True, slots=True)
class Answered:
    """What `speaker` (a player's name) said, and what the version compared with (or the base model) and the new one
    answer."""

    speaker: str
    heard: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Learnt:
    """`compared` is the version that this one was held against, None if that was the base model: there was none
    before, or the one before could not speak. `gain` in nats per token over it, None where it was the base model.
    `heeded`: it is surely worse than that version on held-out words, and passed for heeding its owner's rewrites."""

    version: int
    compared: int | None
    gain: float | None
    heeded: bool
    words: tuple[str, ...]
    phrases: tuple[str, ...]
    answers: tuple[Answered, ...]


def put(connection: sqlite3.Connection, learnt: Learnt) -> None:
    """Keep what a version learnt. An answer to somebody who has left meanwhile is passed over, and if the version may
    hold something that was forgotten since, so is all that it would tell of."""
    forgets = forgotten.holds(connection, learnt.version)
    words, phrases, answers = ((), (), ()) if forgets else (learnt.words, learnt.phrases, learnt.answers)
    connection.execute(
        "INSERT INTO learnt (version, compared, gain, heeded, words, phrases) VALUES (?, ?, ?, ?, ?, ?)",
        (
            learnt.version,
            learnt.compared,
            learnt.gain,
            learnt.heeded,
            json.dumps(words),
            json.dumps(phrases),
        ),
    )
    connection.executemany(
        "INSERT INTO answered SELECT ?1, ?2, id, name, ?4, ?5, ?6 FROM player WHERE name = ?3",
        (
            (learnt.version, place, one.speaker, one.heard, one.before, one.after)
            for place, one in enumerate(answers)
        ),
    )


def of(connection: sqlite3.Connection, version: int) -> Learnt | None:
    row = connection.execute(
        "SELECT compared, gain, heeded, words, phrases FROM learnt WHERE version = ?", (version,)
    ).fetchone()
    if row is None:
        return None
    answers = connection.execute(
        "SELECT speaker, heard, before, after FROM answered WHERE version = ? ORDER BY place", (version,)
    )
    compared, gain, heeded, words, phrases = row
    return Learnt(
        version,
        compared,
        gain,
        bool(heeded),
        tuple(json.loads(words)),
        tuple(json.loads(phrases)),
        tuple(Answered(*answer) for answer in answers),
    )
