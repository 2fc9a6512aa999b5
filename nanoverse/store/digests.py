"""What an agent did and said while its player was away, from what is stored and from nothing else.

A digest reaches from where the last one that was read ended to now. The last one that was read can be had again.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from nanoverse.store import accounts, changes, conducts, deeds
from nanoverse.store.conducts import Unsent
from nanoverse.store.deeds import Deed
from nanoverse.store.messages import Message, visible

MOST = 40  # messages, and deeds, of one digest; the newest


@dataclass(frozen=True, slots=True)
class Span:
    """Messages and moments (ms) after the first and up to the second."""

    after_message: int
    to_message: int
    after_time: int
    to_time: int


_NOTHING = Span(0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class AgentSaid:
    """A message of the agent; what it answers, if its player may see that; what they would have said ('': nothing)."""

    message: Message
    asked: Message | None
    correction: str


@dataclass(frozen=True, slots=True)
class AgentDid:
    """A deed of the agent; how many of the changes that it consists of stand, and how many were taken back."""

    deed: Deed
    standing: int
    undone: int


@dataclass(frozen=True, slots=True)
class Drafted:
    """What the agent would have said, had it been allowed to, and what it answers."""

    draft: Unsent
    asked: Message | None
    name: str  # the other player's, if private


@dataclass(frozen=True, slots=True)
class Talk:
    """With whom the agent spoke (it answered them, or wrote to them), and how many lines."""

    player: int
    name: str
    lines: int


@dataclass(frozen=True, slots=True)
class Digest:
    """`said` and `deeds` are the newest, oldest first; `lines` and `deed_lines` are how many there are in all."""

    span: Span
    said: tuple[AgentSaid, ...]
    lines: int
    talks: tuple[Talk, ...]
    deeds: tuple[AgentDid, ...]
    deed_lines: int
    drafted: tuple[Drafted, ...]  # all that wait still


_WORDS = (
    "message.sender = :player AND message.by_agent AND message.taken_back IS NULL"
    " AND message.id > :after AND message.id <= :to"
)


def unread(connection: sqlite3.Connection, player: int, now: int) -> Digest:
    """What the player has not read of their agent's life."""
    mark = _mark(connection, player) or _NOTHING
    return _digest(connection, player, Span(mark.to_message, _newest(connection, mark), mark.to_time, now))


def last_read(connection: sqlite3.Connection, player: int) -> Digest | None:
    """The digest that the player closed last."""
    mark = _mark(connection, player)
    return _digest(connection, player, mark) if mark else None


def close(connection: sqlite3.Connection, player: int, to_message: int, to_time: int) -> None:
    """The player has read all up to this message and moment. A mark never moves back, nor beyond what has been said."""
    former = _mark(connection, player) or _NOTHING
    to_message = min(to_message, _newest(connection, former))
    if to_time <= former.to_time or to_message < former.to_message:
        return
    connection.execute(
        "INSERT OR REPLACE INTO digest_mark VALUES (?, ?, ?, ?, ?)",
        (player, former.to_message, to_message, former.to_time, to_time),
    )


def _newest(connection: sqlite3.Connection, mark: Span) -> int:
    """The newest message; that up to which a digest was read may be forgotten since, and no newer one there."""
    (newest,) = connection.execute("SELECT coalesce(max(id), 0) FROM message").fetchone()
    return max(mark.to_message, int(newest))


def _mark(connection: sqlite3.Connection, player: int) -> Span | None:
    row = connection.execute(
        "SELECT after_message, to_message, after_time, to_time FROM digest_mark WHERE player = ?", (player,)
    ).fetchone()
    return Span(*row) if row else None


def _digest(connection: sqlite3.Connection, player: int, span: Span) -> Digest:
    bounds = {"player": player, "after": span.after_message, "to": span.to_message, "most": MOST}
    (lines,) = connection.execute(f"SELECT count(*) FROM message WHERE {_WORDS}", bounds).fetchone()
    rows = connection.execute(
        "SELECT message.id, coalesce(message.reply_to, 0), coalesce(correction.text, '') FROM message"
        f" LEFT JOIN correction ON correction.message = message.id WHERE {_WORDS} ORDER BY message.id DESC LIMIT :most",
        bounds,
    ).fetchall()
    said = []
    for number, asked, correction in reversed(rows):
        message = visible(connection, player, number)
        assert message is not None
        said.append(AgentSaid(message, visible(connection, player, asked), correction))
    talks = connection.execute(
        "SELECT other.id, other.name, count(*) AS lines FROM message"
        " LEFT JOIN message AS asked ON asked.id = message.reply_to"
        f" JOIN player AS other ON other.id = coalesce(message.recipient, asked.sender) WHERE {_WORDS}"
        " GROUP BY other.id ORDER BY lines DESC, other.id LIMIT :most",
        bounds,
    )
    did = deeds.between(connection, player, span.after_time, span.to_time, MOST)
    return Digest(
        span,
        tuple(said),
        lines,
        tuple(Talk(*row) for row in talks),
        tuple(traced(connection, deed) for deed in reversed(did)),
        deeds.count(connection, player, span.after_time, span.to_time),
        tuple(_drafted(connection, player, draft) for draft in conducts.unsent(connection, player)),
    )


def traced(connection: sqlite3.Connection, deed: Deed) -> AgentDid:
    selection = deeds.changes_of(deed)
    return AgentDid(deed, *(changes.counts(connection, selection) if selection else (0, 0)))


def _drafted(connection: sqlite3.Connection, player: int, draft: Unsent) -> Drafted:
    other = accounts.by_id(connection, draft.peer)
    return Drafted(draft, visible(connection, player, draft.reply_to), other.name if other else "")
