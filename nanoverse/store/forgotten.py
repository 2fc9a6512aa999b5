"""Whose agents have learnt from something that is gone, and so from when on their versions must not speak any more.

A lesson looks at what was said up to then, so a version can only hold what was said before it was made.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable

from nanoverse.protocol import NEARBY, PRIVATE, WORLD
from nanoverse.store.lessons import CONTEXT


def mark(connection: sqlite3.Connection, players: Iterable[int], since: int, own: bool = False) -> None:
    """What these players' agents learnt from `since` (ms) on is to be learnt anew, in their next lesson.

    `own`: what is forgotten are words of each player's own, which may be in an adapter that they brought from
    elsewhere, too; those of others cannot be.
    """
    connection.executemany(
        "INSERT INTO forgotten (player, since, own) SELECT ?1, ?2, ?3 WHERE EXISTS (SELECT 1 FROM player WHERE id = ?1)"
        " ON CONFLICT DO UPDATE SET since = min(since, excluded.since), own = max(own, excluded.own)",
        ((player, since, own) for player in players),
    )


def since(connection: sqlite3.Connection, player: int) -> int | None:
    """From when on this player's versions must go; None if nothing was forgotten since their last lesson."""
    row = connection.execute("SELECT since FROM forgotten WHERE player = ?", (player,)).fetchone()
    return row[0] if row else None


def own(connection: sqlite3.Connection, player: int) -> bool:
    """Whether some of what was forgotten since this player's last lesson were their own words."""
    row = connection.execute("SELECT own FROM forgotten WHERE player = ?", (player,)).fetchone()
    return bool(row and row[0])


def remembering(connection: sqlite3.Connection) -> set[int]:
    """Whose versions hold something that was forgotten."""
    rows = connection.execute(
        "SELECT DISTINCT forgotten.player FROM forgotten JOIN adapter_version AS version"
        " ON version.player = forgotten.player AND version.created >= forgotten.since"
        " AND (version.messages > 0 OR forgotten.own)"
    )
    return {player for (player,) in rows}


def settle(connection: sqlite3.Connection, player: int) -> None:
    """The versions are gone, and what is left is to be learnt anew."""
    connection.execute("DELETE FROM forgotten WHERE player = ?", (player,))
    connection.execute("DELETE FROM lesson WHERE player = ?", (player,))


def learners(connection: sqlite3.Connection, sender: int, messages: Collection[int] = ()) -> set[int]:
    """Others whose own words followed closely enough on one of these messages of `sender` (none given: on any) to be
    learnt with it."""
    gone = "m.sender = :sender AND (:any OR m.id IN (SELECT value FROM json_each(:messages)))"
    before = f"ROWS BETWEEN {CONTEXT} PRECEDING AND 1 PRECEDING"
    rows = connection.execute(
        f"""
        SELECT sender FROM (SELECT m.sender, m.by_agent, sum({gone}) OVER (ORDER BY m.id {before}) AS follows
            FROM message AS m WHERE m.channel = {WORLD} AND m.taken_back IS NULL AND m.id >= :first)
            WHERE follows AND NOT by_agent
        UNION
        SELECT sender FROM (
            SELECT heard.player, m.sender, m.by_agent,
                sum({gone}) OVER (PARTITION BY heard.player ORDER BY m.id {before}) AS follows
            FROM heard JOIN message AS m ON m.id = heard.message
            WHERE m.channel = {NEARBY} AND m.taken_back IS NULL AND m.id >= :first)
            WHERE follows AND NOT by_agent AND sender = player
        UNION
        SELECT m.sender FROM message AS m WHERE m.channel = {PRIVATE} AND m.recipient = :sender AND NOT m.by_agent
            AND (:any OR EXISTS (SELECT 1 FROM message AS said WHERE said.recipient = m.sender AND said.id < m.id
                AND said.id IN (SELECT value FROM json_each(:messages))))
        """,
        {
            "sender": sender,
            "messages": json.dumps(list(messages)),
            "any": not messages,
            "first": min(messages, default=0),
        },
    )
    return {player for (player,) in rows} - {sender}


def private(connection: sqlite3.Connection, player: int, peer: int) -> None:
    """The two no longer agree that their agents learn from what they say to each other in private."""
    (since,) = connection.execute(
        f"SELECT min(time) FROM message WHERE channel = {PRIVATE} AND NOT by_agent"
        " AND (sender, recipient) IN (VALUES (:player, :peer), (:peer, :player))",
        {"player": player, "peer": peer},
    ).fetchone()
    if since is not None:
        mark(connection, (player, peer), since)


def unlearn(connection: sqlite3.Connection, player: int, peer: int) -> None:
    """Nothing that `peer` has said until now is context any more of what the player's agent learns or answers."""
    connection.execute(
        "INSERT OR REPLACE INTO unlearnt SELECT ?, ?, coalesce(max(id), 0) FROM message", (player, peer)
    )


def unlearnt(connection: sqlite3.Connection, player: int) -> dict[int, int]:
    """Up to which message what somebody said is no context for this player's agent, by who said it."""
    return dict(connection.execute("SELECT peer, message FROM unlearnt WHERE player = ?", (player,)))
