"""Whether what somebody had in sight as they thought of a line is still there when the line is stored.

A scene and what was heard are read some time before a line is written down with them. A forgetting in between finds
nothing of them to delete yet, so they would be kept for good. Therefore this is asked in the transaction that stores
them: there every forgetting is either wholly before it, and seen, or wholly after it, and deletes them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping

from nanoverse.store import forgotten, messages


def scene_stands(connection: sqlite3.Connection, player: int, scene: str) -> bool:
    """Whether all whom this scene (JSON) of the player's names have an account, and what it tells of agreements was
    not forgotten."""
    (stands,) = connection.execute(
        """
        SELECT NOT EXISTS (
            SELECT value FROM json_each(:scene, '$.near') WHERE value NOT IN (SELECT name FROM player)
            UNION ALL
            SELECT value FROM json_each(:scene, '$.did') WHERE value LIKE 'talked with %'
                AND substr(value, 13) NOT IN (SELECT name FROM player)
            UNION ALL
            SELECT value FROM json_each(:scene, '$.agreed')
                WHERE value NOT IN (SELECT text FROM agreement WHERE player = :player))
        """,
        {"player": player, "scene": scene},
    ).fetchone()
    return bool(stands)


def stands(
    connection: sqlite3.Connection,
    player: int,
    scene: str,
    heard: Iterable[int],
    unlearnt: Mapping[int, int],
) -> bool:
    """Whether the scene stands, the player's agent may still have all these messages in sight, and its player has
    forgotten nobody since `unlearnt` (see `forgotten.unlearnt`) was read: the scene may tell that the two talked."""
    found = (messages.visible(connection, player, number) for number in heard)
    return (
        scene_stands(connection, player, scene)
        and forgotten.unlearnt(connection, player) == unlearnt
        and all(message is not None and message.id > unlearnt.get(message.sender, 0) for message in found)
    )
