"""How far each player has read, and what is left."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from nanoverse.protocol import NEARBY, PRIVATE, WORLD
from nanoverse.store import shuns

MOST = 1000  # of world and nearby messages no more are counted


@dataclass(frozen=True, slots=True)
class Unread:
    """How many messages of a channel, in private those from `peer`, a player has not read; `name` is the peer's.
    `mentions` of them name the player, in private all."""

    channel: int
    peer: int
    name: str
    count: int
    mentions: int = 0


def mark(connection: sqlite3.Connection, player: int, channel: int, peer: int, message: int) -> None:
    """All up to `message` is read. A mark never moves back, and never beyond what has been said."""
    connection.execute(
        "INSERT INTO read_mark SELECT ?, ?, ?, min(?, coalesce(max(id), 0)) FROM message WHERE true"
        " ON CONFLICT DO UPDATE SET message = max(message, excluded.message)",
        (player, channel, peer, message),
    )


def texts(connection: sqlite3.Connection, player: int, channel: int) -> list[str]:
    """What the player has not read nearby or in the world, as far as it contains an @."""
    shown = f"message.taken_back IS NULL AND {shuns.heard_by('player')}"
    source = (
        "heard JOIN message ON message.id = heard.message WHERE heard.player = :player"
        if channel == NEARBY
        else f"message WHERE channel = {WORLD}"
    )
    rows = connection.execute(
        f"SELECT text FROM {source} AND message.id > coalesce((SELECT message FROM read_mark"
        " WHERE player = :player AND channel = :channel AND peer = 0), 0)"
        f" AND sender <> :player AND {shown} AND instr(text, '@') LIMIT :most",
        {"player": player, "channel": channel, "most": MOST},
    )
    return [text for (text,) in rows]


def counts(connection: sqlite3.Connection, player: int) -> list[Unread]:
    """What the player has not read, others' messages only; conversations without any are left out."""
    shown = f"message.taken_back IS NULL AND {shuns.heard_by('player')}"
    rows = connection.execute(
        f"""
        WITH mark (channel, peer, message) AS (SELECT channel, peer, message FROM read_mark WHERE player = :player)
        SELECT {NEARBY}, 0, '', count(*) FROM (
            SELECT 1 FROM heard JOIN message ON message.id = heard.message
            WHERE heard.player = :player AND message.sender <> :player AND {shown}
            AND heard.message > coalesce((SELECT message FROM mark WHERE channel = {NEARBY}), 0) LIMIT :most)
        UNION ALL
        SELECT {WORLD}, 0, '', count(*) FROM (
            SELECT 1 FROM message WHERE channel = {WORLD} AND sender <> :player AND {shown}
            AND id > coalesce((SELECT message FROM mark WHERE channel = {WORLD}), 0) LIMIT :most)
        UNION ALL
        SELECT {PRIVATE}, message.sender, player.name, count(*) FROM message JOIN player ON player.id = message.sender
            LEFT JOIN mark ON mark.channel = {PRIVATE} AND mark.peer = message.sender
            WHERE message.recipient = :player AND {shown} AND message.id > coalesce(mark.message, 0)
            GROUP BY message.sender
        """,
        {"player": player, "most": MOST},
    )
    return [Unread(*row) for row in rows if row[3]]
