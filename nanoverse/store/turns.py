"""Who waits for a lesson, and how much they need it: what the order of a night's turns is settled by."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from nanoverse.store.consents import ALLOWED
from nanoverse.store.nights import LOCKED, UNWISHED
from nanoverse.store.shuns import heeded


@dataclass(frozen=True, slots=True)
class Need:
    """How things stand with a player before a night.

    `fresh`: there is something to learn since their newest turn in which their words were looked at, and they have
    lessons just now; or something to forget. Their newest turn of all was in night `had` (0: none).
    `left`: a night since then ended before theirs. `gain` (nats per token) and `made` (ms) are those of the version
    that speaks, or would if its player had not chosen otherwise; None if there is none.
    """

    player: int
    fresh: bool
    left: bool
    had: int
    gain: float | None
    made: int | None


def needs(connection: sqlite3.Connection, night: int, base: str) -> list[Need]:
    """All players as they stand at the beginning of this night, or when it goes on; `base` is the base model that runs,
    for which alone a version speaks.

    What came while a night was held counts as new, although whose turn was later may have learnt from it already.
    """
    # Of a player's own messages only the newest is asked for: the index gives it without reading the others.
    rows = connection.execute(
        f"""
        WITH given (player, time) AS (
            SELECT player.id, (SELECT time FROM message
                WHERE sender = player.id AND NOT by_agent AND {ALLOWED} ORDER BY message.id DESC LIMIT 1) FROM player
            UNION ALL SELECT player, added FROM imported
            UNION ALL SELECT sender, correction.time FROM correction JOIN message ON message.id = correction.message
                WHERE by_agent AND {ALLOWED}
            UNION ALL SELECT sender, pick.time FROM pick JOIN message ON message.id = pick.message
                WHERE by_agent AND {ALLOWED} AND {heeded("pick.player")}
            UNION ALL SELECT sender, reaction.time FROM reaction JOIN message ON message.id = reaction.message
                WHERE by_agent AND taken_back IS NULL AND {ALLOWED} AND {heeded("reaction.player")}
        ),
        newest AS (SELECT player, max(time) AS time FROM given GROUP BY player),
        turn AS (SELECT player, max(night) AS night,
            max(night) FILTER (WHERE reason NOT IN (:unwished, :locked)) AS looked FROM night_result GROUP BY player)
        SELECT player.id,
            (coalesce(newest.time > coalesce(held.started, -1), 0)
                AND locked IS NULL AND coalesce(conduct.learns, 1))
                OR EXISTS (SELECT 1 FROM forgotten WHERE forgotten.player = player.id),
            EXISTS (SELECT 1 FROM night AS cut WHERE cut.due != '' AND cut.finished IS NULL
                AND cut.id < :night AND cut.id > coalesce(turn.night, 0) AND cut.started >= player.created),
            coalesce(turn.night, 0), version.gain, version.created
        FROM player LEFT JOIN newest ON newest.player = player.id
            LEFT JOIN conduct ON conduct.player = player.id
            LEFT JOIN turn ON turn.player = player.id LEFT JOIN night AS held ON held.id = turn.looked
            LEFT JOIN adapter_version AS version ON version.id = (SELECT max(id) FROM adapter_version
                WHERE player = player.id AND base = :base AND offered IS NOT NULL AND withdrawn IS NULL AND NOT waits)
        """,
        {"night": night, "base": base, "unwished": UNWISHED, "locked": LOCKED},
    )
    return [Need(player, bool(fresh), bool(left), *rest) for player, fresh, left, *rest in rows]
