"""What was said, and who may see it: a nearby message those who heard it, a private one its two sides, world all.

What a player took back of their agent's words stays in its row (what was learnt from it must not be forgotten), and
nobody sees it any more, but its player beside what they would have said instead.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

from nanoverse.protocol import NEARBY, PRIVATE, WORLD
from nanoverse.store import shuns

QUOTED = 120  # characters of a quoted message that are shown


@dataclass(frozen=True, slots=True)
class Message:
    """A message as one player, the viewer, sees it. `time` in ms; ids are 0 where there is none.

    `reply_to` is the message that this one answers; `quoted_name` and `quoted` who said it and its beginning, if a
    human answers and the viewer sees it ('': no); `partner` the player who may ask for another answer to it;
    `picked` whether that has been settled; `mine` the viewer's own reaction.
    """

    id: int
    channel: int
    sender: int
    name: str
    to: int
    text: str
    time: int
    by_agent: bool
    version: int
    reply_to: int
    partner: int
    picked: bool
    likes: int
    dislikes: int
    mine: int
    quoted_name: str
    quoted: str


def _visible(message: str) -> str:
    """Whether :viewer sees the row called `message`."""
    return f"""{message}.taken_back IS NULL AND {shuns.heard_by("viewer", message)} AND ({message}.channel = {WORLD}
        OR {message}.sender = :viewer OR {message}.recipient = :viewer OR EXISTS (
            SELECT 1 FROM heard WHERE heard.player = :viewer AND heard.message = {message}.id))"""


_SHOWN = f"message.taken_back IS NULL AND {shuns.heard_by('viewer')}"
_VISIBLE = _visible("message")


def _quoted(what: str) -> str:
    """Something of the message that a human answers with this one, if the viewer sees it too."""
    return f"""coalesce((SELECT {what} FROM message AS quoted JOIN player AS author ON author.id = quoted.sender
        WHERE quoted.id = message.reply_to AND NOT message.by_agent AND {_visible("quoted")}), '')"""


# The partner of a message that a model wrote is the human whose words it answers, if they heard it; in private, the
# other side in any case.
_PARTNER = f"""CASE WHEN message.by_agent AND EXISTS (SELECT 1 FROM draft WHERE draft.message = message.id)
    THEN coalesce(message.recipient, (
        SELECT asked.sender FROM message AS asked
        WHERE asked.id = message.reply_to AND NOT asked.by_agent AND (message.channel = {WORLD} OR EXISTS (
            SELECT 1 FROM heard WHERE heard.player = asked.sender AND heard.message = message.id))), 0)
    ELSE 0 END"""

_MESSAGE = f"""
    message.id, message.channel, message.sender, player.name, coalesce(message.recipient, 0), message.text,
    message.time, message.by_agent, message.version, coalesce(message.reply_to, 0), {_PARTNER},
    EXISTS (SELECT 1 FROM pick WHERE pick.message = message.id),
    (SELECT count(*) FROM reaction WHERE reaction.message = message.id AND value = 1),
    (SELECT count(*) FROM reaction WHERE reaction.message = message.id AND value = -1),
    coalesce((SELECT value FROM reaction WHERE reaction.message = message.id AND reaction.player = :viewer), 0),
    {_quoted("author.name")}, {_quoted(f"substr(quoted.text, 1, {QUOTED})")}
"""
_FROM = " FROM message JOIN player ON player.id = message.sender "


def insert(
    connection: sqlite3.Connection,
    channel: int,
    sender: int,
    text: str,
    now: int,
    *,
    recipient: int | None = None,
    heard_by: Iterable[int] = (),
    by_agent: bool = False,
    version: int = 0,
    scene: str | None = None,
    reply_to: int | None = None,
) -> Message:
    """Store a message and return it as its sender sees it.

    `recipient` is for private messages only, `heard_by` for nearby ones only (players; the sender always hears it).
    """
    number = connection.execute(
        "INSERT INTO message (channel, sender, recipient, text, time, by_agent, version, scene, reply_to)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, (SELECT id FROM message WHERE id = ?))",
        (channel, sender, recipient, text, now, by_agent, version, scene, reply_to),
    ).lastrowid
    if channel == NEARBY:
        connection.executemany(
            "INSERT INTO heard SELECT id, ? FROM player WHERE id = ?",
            ((number, player) for player in {sender, *heard_by}),
        )
    message = visible(connection, sender, number or 0)
    assert message is not None
    return message


def visible(connection: sqlite3.Connection, viewer: int, message: int) -> Message | None:
    """The message as the viewer sees it; None if there is none that they may see."""
    row = connection.execute(
        f"SELECT {_MESSAGE} {_FROM} WHERE message.id = :message AND {_VISIBLE}",
        {"viewer": viewer, "message": message},
    ).fetchone()
    return _message(row) if row else None


def audience(connection: sqlite3.Connection, message: int) -> frozenset[int]:
    """The players who may see a message, its sender among them, without those who shun the sender."""
    row = connection.execute(
        "SELECT channel, sender, recipient FROM message WHERE id = ?", (message,)
    ).fetchone()
    if row is None:
        return frozenset()
    channel, sender, recipient = row
    deaf = shuns.deaf_to(connection, sender, channel)
    if channel == PRIVATE:
        return frozenset((sender, recipient)) - deaf
    if channel == WORLD:
        rows = connection.execute("SELECT id FROM player")
    else:
        rows = connection.execute("SELECT player FROM heard WHERE message = ?", (message,))
    return frozenset(player for (player,) in rows) - deaf


@dataclass(frozen=True, slots=True)
class OwnWords:
    """A message as its human author takes it along; `to` is the name of who got it in private, else empty."""

    id: int
    channel: int
    text: str
    time: int
    to: str


def own_words(connection: sqlite3.Connection, player: int, after: int, limit: int) -> list[OwnWords]:
    """The oldest `limit` messages after message `after` that the player, not the agent, wrote."""
    rows = connection.execute(
        "SELECT message.id, channel, text, time, coalesce(player.name, '') FROM message"
        " LEFT JOIN player ON player.id = message.recipient"
        " WHERE sender = ? AND message.id > ? AND NOT by_agent ORDER BY message.id LIMIT ?",
        (player, after, limit),
    )
    return [OwnWords(*row) for row in rows]


def take_back(connection: sqlite3.Connection, message: int, now: int) -> None:
    """From now on nobody sees this message."""
    connection.execute("UPDATE message SET taken_back = ? WHERE id = ?", (now, message))


# Which messages of a channel :viewer sees, in private those with :peer, before message :before.
IDS_BEFORE = {
    NEARBY: f"""SELECT message AS id FROM heard WHERE player = :viewer AND message < :before
        AND EXISTS (SELECT 1 FROM message WHERE message.id = heard.message AND {_SHOWN})""",
    WORLD: f"SELECT id FROM message WHERE channel = {WORLD} AND id < :before AND {_SHOWN}",
    # Two ranges of one index, each read from its end, instead of one OR that would read it all.
    PRIVATE: f"""SELECT id FROM (SELECT * FROM (SELECT id FROM message WHERE recipient = :viewer AND sender = :peer
            AND id < :before AND {_SHOWN} ORDER BY id DESC LIMIT :limit)
        UNION ALL SELECT * FROM (SELECT id FROM message WHERE recipient = :peer AND sender = :viewer
            AND id < :before AND {_SHOWN} ORDER BY id DESC LIMIT :limit))""",
}


def history(
    connection: sqlite3.Connection, viewer: int, channel: int, peer: int, before: int, limit: int
) -> list[Message]:
    """The newest `limit` messages before message `before` (0: the newest of all), the oldest of them first.

    Nearby is what the viewer heard, private what was said between viewer and `peer` (otherwise 0).
    """
    rows = connection.execute(
        f"WITH page AS ({IDS_BEFORE[channel]} ORDER BY id DESC LIMIT :limit)"
        f" SELECT {_MESSAGE} {_FROM} WHERE message.id IN (SELECT id FROM page) ORDER BY message.id",
        {"viewer": viewer, "peer": peer, "before": before or 2**63 - 1, "limit": limit},
    )
    return [_message(row) for row in rows]


def search(
    connection: sqlite3.Connection, viewer: int, words: str, before: int, limit: int, span: int
) -> tuple[list[Message], int]:
    """The newest messages that the viewer sees and that contain `words`, in any case, before message `before` (0: of
    all), the newest first; and before which message to go on (0: there is nothing older).

    Goes back over `span` messages, whoever's they are, and no further: a search costs no more in a large world.
    """
    if not before:
        (before,) = connection.execute("SELECT coalesce(max(id), 0) + 1 FROM message").fetchone()
    floor = max(1, before - span)
    rows = connection.execute(
        f"SELECT id, text FROM message WHERE id < :before AND id >= :floor AND {_VISIBLE} ORDER BY id DESC",
        {"viewer": viewer, "before": before, "floor": floor},
    )
    wanted = words.casefold()
    hits = [number for number, text in rows if wanted in text.casefold()]
    found = [message for number in hits[:limit] if (message := visible(connection, viewer, number))]
    if len(hits) > limit:
        return found, hits[limit - 1]
    return found, floor if floor > 1 else 0


def _message(
    row: tuple[int, int, int, str, int, str, int, int, int, int, int, int, int, int, int, str, str],
) -> Message:
    number, channel, sender, name, to, text, time, agent, version, reply_to, partner, picked = row[:12]
    return Message(
        number,
        channel,
        sender,
        name,
        to,
        text,
        time,
        bool(agent),
        version,
        reply_to,
        partner,
        bool(picked),
        *row[12:],
    )
