"""What two have agreed on in talk, once for each of them on whom something comes of it.

A row stands in its player's scenes until it is over: done, called off, taken back, or `LASTS` old. It stays as long as
the two messages that it comes from, so that the scenes in which it stood are found when one of them is forgotten.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from nanoverse.protocol import PRIVATE
from nanoverse.store import forgotten

MOST = 2  # that stand in one scene, as the starter knows it
LASTS = 2 * 86_400_000  # ms


@dataclass(frozen=True, slots=True)
class Agreement:
    """`text` is what it comes to for `player`; `proposed` and `answered` are the messages in which it was agreed on
    with `peer`, `time` (ms) and `channel` those of the answer."""

    player: int
    peer: int
    channel: int
    proposed: int
    answered: int
    text: str
    time: int


_COLUMNS = "player, peer, channel, proposed, answered, text, time"


def add(connection: sqlite3.Connection, one: Agreement) -> None:
    """Keep it, in the stead of the same that stands already."""
    connection.execute(
        "UPDATE agreement SET ended = ? WHERE player = ? AND peer = ? AND text = ? AND ended IS NULL",
        (one.time, one.player, one.peer, one.text),
    )
    connection.execute(
        f"INSERT INTO agreement ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (one.player, one.peer, one.channel, one.proposed, one.answered, one.text, one.time),
    )


def standing(
    connection: sqlite3.Connection, player: int, channel: int, peer: int, now: int
) -> list[Agreement]:
    """What stands in a scene of the player's for this channel, in private with `peer` (otherwise 0), oldest first.

    What was agreed on in private stands in private talk with that side alone. There what was agreed on with them goes
    first; for the rest everybody has their turn, so that nobody's many push those of others out. Of whom the player
    does not hear, nothing stands.
    """
    rows = connection.execute(
        f"""
        SELECT {_COLUMNS} FROM agreement
        WHERE player = :player AND time > :since AND ended IS NULL
            AND NOT EXISTS (SELECT 1 FROM shun WHERE shun.player = :player AND shun.peer = agreement.peer
                AND (shun.blocked OR :channel != {PRIVATE}))
            AND (channel != {PRIVATE} OR (:channel = {PRIVATE} AND peer = :peer))
        ORDER BY peer != :peer, row_number() OVER (PARTITION BY peer ORDER BY time DESC, id DESC), time DESC, id DESC
        LIMIT {MOST}
        """,
        {"player": player, "channel": channel, "peer": peer, "since": now - LASTS},
    )
    return sorted((Agreement(*row) for row in rows), key=lambda one: (one.time, one.answered))


def is_over(connection: sqlite3.Connection, proposed: int, one: int, other: int) -> bool:
    """Whether these two have agreed on what was proposed in this message, and that is over. An answer that was taken
    back or replaced was none."""
    row = connection.execute(
        "SELECT 1 FROM agreement JOIN message ON message.id = answered"
        " WHERE proposed = :proposed AND ended IS NOT NULL"
        " AND (player, peer) IN (VALUES (:one, :other), (:other, :one))"
        " AND taken_back IS NULL AND NOT EXISTS (SELECT 1 FROM pick WHERE pick.message = answered)",
        {"proposed": proposed, "one": one, "other": other},
    ).fetchone()
    return row is not None


def end_newest(connection: sqlite3.Connection, one: int, other: int, now: int) -> None:
    """What these two agreed on last is over, for both."""
    connection.execute(
        "UPDATE agreement SET ended = :now WHERE answered = (SELECT max(answered) FROM agreement"
        " WHERE ended IS NULL AND (player, peer) IN (VALUES (:one, :other), (:other, :one)))",
        {"one": one, "other": other, "now": now},
    )


def end(connection: sqlite3.Connection, message: int, now: int) -> None:
    """What was agreed on in this message is over."""
    connection.execute(
        "UPDATE agreement SET ended = :now WHERE (proposed = :message OR answered = :message) AND ended IS NULL",
        {"message": message, "now": now},
    )


def forget_messages(connection: sqlite3.Connection, messages: str) -> None:
    """These messages (JSON) are about to be forgotten, and what was agreed on in them."""
    some = "IN (SELECT value FROM json_each(:messages))"
    _forget(connection, f"proposed {some} OR answered {some}", {"messages": messages})


def forget_between(connection: sqlite3.Connection, one: int, other: int) -> None:
    """One of the two forgets the other."""
    which = "(player, peer) IN (VALUES (:one, :other), (:other, :one))"
    _forget(connection, which, {"one": one, "other": other})


def peers(connection: sqlite3.Connection, player: int) -> list[int]:
    """With whom the player has agreed on something, over or not."""
    rows = connection.execute(
        "SELECT peer FROM agreement WHERE player = ?1 UNION SELECT player FROM agreement WHERE peer = ?1",
        (player,),
    )
    return [peer for (peer,) in rows]


def forget_player(connection: sqlite3.Connection, player: int) -> None:
    """This account is about to be deleted."""
    _forget(connection, ":player IN (player, peer)", {"player": player})


def _forget(connection: sqlite3.Connection, which: str, values: dict[str, int | str]) -> None:
    """With the rows go the scenes and the prompts in which they stood, and what was learnt with those in sight.

    Of each player all at once: for each row anew, all that they said would be read again and again.
    """
    rows = connection.execute(
        "SELECT player, json_group_array(text) AS texts, min(answered) AS since FROM agreement"
        f" WHERE {which} GROUP BY player",
        values,
    ).fetchall()
    stands = (
        "EXISTS (SELECT 1 FROM json_each({}) AS one WHERE one.value IN (SELECT value FROM json_each(:texts)))"
    )
    for player, texts, since in rows:
        stood = {"player": player, "texts": texts, "since": since}
        learnt = connection.execute(
            "UPDATE message SET scene = NULL WHERE sender = :player AND id > :since AND scene IS NOT NULL AND "
            + stands.format("message.scene, '$.agreed'"),
            stood,
        ).rowcount
        learnt += connection.execute(
            "DELETE FROM draft WHERE message IN (SELECT id FROM message WHERE sender = :player AND id > :since) AND "
            + stands.format("draft.prompt, '$.scene.agreed'"),
            stood,
        ).rowcount
        connection.execute(
            "DELETE FROM unsent WHERE player = :player AND "
            + stands.format("unsent.prompt, '$.scene.agreed'"),
            stood,
        )
        if learnt:
            forgotten.mark(connection, [player], forgotten.Since(since))
    connection.execute(f"DELETE FROM agreement WHERE {which}", values)
