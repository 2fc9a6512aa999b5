"""Whose agents have learnt from something that is gone, and so which of their versions must not speak any more.

A lesson looks at what was said up to then, so a version can only hold what came before its words were read: messages
and imported lines of no greater id. Clocks do not tell, for they are set back at times.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from nanoverse.protocol import NEARBY, PRIVATE, WORLD
from nanoverse.store.lessons import CONTEXT

NOTHING = 2**63 - 1  # as an id: later than all that there are

_HOLDING = """FROM adapter_version AS version JOIN forgotten ON forgotten.player = version.player
    AND (version.messages > 0 OR forgotten.own)
    AND (version.seen_message >= forgotten.message OR version.seen_imported >= forgotten.imported
        OR version.id >= forgotten.version)"""


@dataclass(frozen=True, slots=True)
class Since:
    """Versions that have seen this message or a later one must go, or this imported line or a later one, or that are
    this version or a later one."""

    message: int = NOTHING
    imported: int = NOTHING
    version: int = NOTHING


# Whether the row called m is one of the messages that are asked for, and whether it takes a place in a context. What
# an agent said and its owner took back does not, but was learnt beside before that.
_GONE = "(m.sender = :sender AND (:any OR m.id IN (SELECT value FROM json_each(:messages))))"
_COUNTS = "(m.taken_back IS NULL OR (:any AND m.sender = :sender))"


def mark(connection: sqlite3.Connection, players: Iterable[int], since: Since, own: bool = False) -> None:
    """What these players' agents learnt since then is to be learnt anew, in their next lesson.

    `own`: what is forgotten are words of each player's own, which may be in an adapter that they brought from
    elsewhere, too; those of others cannot be.
    """
    connection.executemany(
        "INSERT INTO forgotten (player, message, imported, version, own)"
        " SELECT ?1, ?2, ?3, ?4, ?5 WHERE EXISTS (SELECT 1 FROM player WHERE id = ?1)"
        " ON CONFLICT DO UPDATE SET message = min(message, excluded.message),"
        " imported = min(imported, excluded.imported), version = min(version, excluded.version),"
        " own = max(own, excluded.own)",
        ((player, since.message, since.imported, since.version, own) for player in players),
    )


def since(connection: sqlite3.Connection, player: int) -> Since | None:
    """Since when what this player's agent learnt must be forgotten, the earliest of each kind; None if nothing was
    forgotten since their last lesson."""
    row = connection.execute(
        "SELECT message, imported, version FROM forgotten WHERE player = ?", (player,)
    ).fetchone()
    return Since(*row) if row else None


def versions(connection: sqlite3.Connection, player: int) -> set[int]:
    """Which of a player's versions may hold something that was forgotten."""
    rows = connection.execute(f"SELECT version.id {_HOLDING} WHERE version.player = ?", (player,))
    return {version for (version,) in rows}


def holds(connection: sqlite3.Connection, version: int) -> bool:
    """Whether a version may hold something that was forgotten."""
    return bool(connection.execute(f"SELECT 1 {_HOLDING} WHERE version.id = ?", (version,)).fetchone())


def remembering(connection: sqlite3.Connection) -> set[int]:
    """Whose versions may hold something that was forgotten."""
    rows = connection.execute(f"SELECT DISTINCT version.player {_HOLDING}")
    return {player for (player,) in rows}


def settle(connection: sqlite3.Connection, player: int) -> None:
    """The versions are gone, and what is left is to be learnt anew."""
    connection.execute("DELETE FROM forgotten WHERE player = ?", (player,))
    connection.execute("DELETE FROM lesson WHERE player = ?", (player,))


def learners(
    connection: sqlite3.Connection, sender: int, messages: Collection[int] = (), first: int = 0
) -> set[int]:
    """Others whose own words followed closely enough on one of these messages of `sender` (none given: on any from
    `first` on) to be learnt with it, in whichever lesson.

    A lesson passes over whoever its player shuns at that time, and so reads further back. Here whoever they have ever
    shunned is passed over, but not `sender`: that reaches at least as far back as any lesson did.
    """
    before = f"ROWS BETWEEN {CONTEXT} PRECEDING AND 1 PRECEDING"
    values = {
        "sender": sender,
        "messages": json.dumps(list(messages)),
        "any": not messages,
        "first": min(messages, default=first),
        "newest": max(messages, default=NOTHING),
    }
    hearers = "SELECT DISTINCT player FROM heard WHERE message IN (SELECT value FROM json_each(:messages))"
    if not messages:
        hearers = "SELECT id AS player FROM player"
    in_earshot = f"""m.channel = {NEARBY} AND {_COUNTS} AND (m.sender = :sender OR NOT EXISTS
        (SELECT 1 FROM once_shunned AS one WHERE one.player = heard.player AND one.peer = m.sender))"""
    # So many later ones are read and no more: who forgets one message must not hold up everybody's writing.
    only = f"LIMIT 1 OFFSET {CONTEXT - 1}"
    rows = connection.execute(
        f"""
        WITH hearer AS MATERIALIZED (SELECT hearer.player, coalesce((
            SELECT m.id FROM heard CROSS JOIN message AS m ON m.id = heard.message
            WHERE heard.player = hearer.player AND heard.message > :newest AND {in_earshot}
            ORDER BY heard.message {only}), {NOTHING}) AS last
            FROM ({hearers}) AS hearer)
        SELECT sender FROM (SELECT m.sender, m.by_agent, sum({_GONE}) OVER (ORDER BY m.id {before}) AS follows
            FROM message AS m WHERE m.channel = {WORLD} AND m.id >= :first AND {_COUNTS} AND m.id <= coalesce((
                SELECT m.id FROM message AS m WHERE m.channel = {WORLD} AND m.id > :newest AND {_COUNTS}
                ORDER BY m.id {only}), {NOTHING}))
            WHERE follows AND NOT by_agent
        UNION
        SELECT sender FROM (
            SELECT heard.player, m.sender, m.by_agent,
                sum({_GONE}) OVER (PARTITION BY heard.player ORDER BY m.id {before}) AS follows
            FROM hearer CROSS JOIN heard ON heard.player = hearer.player CROSS JOIN message AS m ON m.id = heard.message
            WHERE heard.message BETWEEN :first AND hearer.last AND {in_earshot})
            WHERE follows AND NOT by_agent AND sender = player
        UNION
        SELECT m.sender FROM message AS m WHERE m.channel = {PRIVATE} AND m.recipient = :sender AND NOT m.by_agent
            AND (:any OR EXISTS (SELECT 1 FROM message AS said WHERE said.recipient = m.sender AND said.id < m.id
                AND said.id IN (SELECT value FROM json_each(:messages))))
        """,
        values,
    )
    return ({player for (player,) in rows} | _past_the_shunned(connection, values)) - {sender}


def _past_the_shunned(connection: sqlite3.Connection, values: Mapping[str, Any]) -> set[int]:
    """The learners in the world's talk among those who have ever shunned somebody.

    One walk for all of them: each has a count of their own, which in SQL would be a walk for each.
    """
    shunned: dict[int, set[int]] = {}
    for player, peer in connection.execute("SELECT * FROM once_shunned WHERE peer != :sender", values):
        shunned.setdefault(player, set()).add(peer)
    if not shunned:
        return set()
    found: set[int] = set()
    places: dict[int, int] = {}  # left in a player's context since the newest message that is asked for
    rows = connection.execute(
        f"SELECT m.id, m.sender, m.by_agent, {_GONE} FROM message AS m"
        f" WHERE m.channel = {WORLD} AND m.id >= :first AND {_COUNTS} ORDER BY m.id",
        values,
    )
    for number, speaker, by_agent, gone in rows:
        if gone:
            places = dict.fromkeys(shunned.keys() - found, CONTEXT)
            continue
        if not places and number > values["newest"]:
            break
        if speaker in places and not by_agent:
            found.add(speaker)
            del places[speaker]
        for player in [one for one in places if speaker not in shunned[one]]:
            places[player] -= 1
            if not places[player]:
                del places[player]
    return found


def private(connection: sqlite3.Connection, player: int, peer: int) -> None:
    """The two no longer agree that their agents learn from what they say to each other in private."""
    (first,) = connection.execute(
        f"SELECT min(id) FROM message WHERE channel = {PRIVATE} AND NOT by_agent"
        " AND (sender, recipient) IN (VALUES (:player, :peer), (:peer, :player))",
        {"player": player, "peer": peer},
    ).fetchone()
    if first is not None:
        mark(connection, (player, peer), Since(first))


def unlearn(connection: sqlite3.Connection, player: int, peer: int) -> None:
    """Nothing that `peer` has said until now is context any more of what the player's agent learns or answers."""
    connection.execute(
        "INSERT OR REPLACE INTO unlearnt SELECT ?, ?, coalesce(max(id), 0) FROM message", (player, peer)
    )


def unlearnt(connection: sqlite3.Connection, player: int) -> dict[int, int]:
    """Up to which message what somebody said is no context for this player's agent, by who said it."""
    return dict(connection.execute("SELECT peer, message FROM unlearnt WHERE player = ?", (player,)))
