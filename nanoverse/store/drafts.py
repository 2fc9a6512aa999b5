"""What an agent's model wrote for a message, which of it was picked, and what its player would have said.

The first draft of an agent's message is the text that was said. That of a player's own message is what the agent would
have said, and its player changed before they sent it. Together with the prompt, which is kept with each
draft, all of it is what the preference step of a night learns from.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from nanoverse.store import adapters
from nanoverse.store.messages import Message, visible


@dataclass(frozen=True, slots=True)
class Draft:
    """One text for `message`; `prompt` is JSON {scene, turns: [{speaker, text}, …]}, as the model was given it."""

    id: int
    message: int
    text: str
    version: int
    prompt: str
    time: int


@dataclass(frozen=True, slots=True)
class AgentWords:
    """What an agent said, for its player: what it answered, if they may see that (its message, 0: none), and the
    correction ('': none)."""

    message: Message
    asked: int
    prompted_by: str
    correction: str


@dataclass(frozen=True, slots=True)
class Rewrite:
    """What a player would have said (`text`, written at `time`) instead of what their agent `said`; `to` is the name of
    who got that in private, else empty."""

    channel: int
    to: str
    said: str
    text: str
    time: int


def add(
    connection: sqlite3.Connection, message: int, text: str, version: int, prompt: str, now: int
) -> Draft:
    cursor = connection.execute(
        "INSERT INTO draft (message, text, version, prompt, time) VALUES (?, ?, ?, ?, ?)",
        (message, text, version, prompt, now),
    )
    return Draft(cursor.lastrowid or 0, message, text, version, prompt, now)


def of(connection: sqlite3.Connection, message: int) -> list[Draft]:
    """The drafts of a message, oldest first."""
    return [
        Draft(*row)
        for row in connection.execute("SELECT * FROM draft WHERE message = ? ORDER BY id", (message,))
    ]


def pick(connection: sqlite3.Connection, draft: Draft, player: int, now: int) -> None:
    """`player` prefers this draft: it becomes the message's text. A second pick raises `sqlite3.IntegrityError`."""
    connection.execute("INSERT INTO pick VALUES (?, ?, ?, ?)", (draft.message, player, draft.id, now))
    connection.execute(
        "UPDATE message SET text = ?, version = ? WHERE id = ?", (draft.text, draft.version, draft.message)
    )


def correct(connection: sqlite3.Connection, message: int, player: int, text: str, now: int) -> None:
    """What the owner would have said instead; a later correction replaces an earlier one. `first` stays: the
    first version that may have learnt from one of them."""
    connection.execute(
        "INSERT INTO correction (message, player, text, time, first) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (message) DO UPDATE SET text = excluded.text, time = excluded.time",
        (message, player, text, now, adapters.upcoming(connection)),
    )


def rewrites(connection: sqlite3.Connection, player: int) -> list[Rewrite]:
    """All that a player has written in their agent's stead, also of what they took back; the oldest first."""
    rows = connection.execute(
        "SELECT message.channel, coalesce(player.name, ''), message.text, correction.text, correction.time"
        " FROM correction JOIN message ON message.id = correction.message"
        " LEFT JOIN player ON player.id = message.recipient WHERE correction.player = ? ORDER BY correction.time",
        (player,),
    )
    return [Rewrite(*row) for row in rows]


def agent_words(connection: sqlite3.Connection, player: int, before: int, limit: int) -> list[AgentWords]:
    """The newest `limit` messages of the player's agent before message `before` (0: no bound), newest first."""
    rows = connection.execute(
        "SELECT message.id, coalesce(message.reply_to, 0), coalesce(correction.text, '') FROM message"
        " LEFT JOIN correction ON correction.message = message.id"
        " WHERE message.sender = ? AND message.by_agent AND message.taken_back IS NULL AND message.id < ?"
        " ORDER BY message.id DESC LIMIT ?",
        (player, before or 2**63 - 1, limit),
    ).fetchall()
    words = []
    for number, asked, correction in rows:
        message, heard = visible(connection, player, number), visible(connection, player, asked)
        assert message is not None
        words.append(AgentWords(message, heard.id if heard else 0, heard.text if heard else "", correction))
    return words
