"""Players who need not register: a password hash takes a third of a second on purpose."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Sequence
from pathlib import Path

from nanoverse.store import accounts, bodies
from nanoverse.store.clock import now_ms
from nanoverse.store.database import Database
from nanoverse.world.constants import SLOTS

Session = tuple[int, str]  # a player's id, and the token that their cookie holds
Place = tuple[int, int]  # in units


async def settle(folder: Path, players: int, placed: Sequence[tuple[int, Place]] = ()) -> list[Session]:
    """Accounts with open sessions, in the data folder of a world that does not run. `placed`: where the body of the
    player of this index stands; the others arrive as newcomers do."""
    db = await Database.open(folder)

    def write(connection: sqlite3.Connection) -> list[Session]:
        now, made = now_ms(), []
        for number in range(players):
            name, token = f"bench{number}", f"token {number}"
            player = accounts.create(connection, name, name, "", number, now)
            hashed = hashlib.sha256(token.encode()).digest()
            accounts.open_session(connection, hashed, player.id, now, now + 86_400_000)
            made.append((player.id, token))
        empty = tuple((0, 0) for _ in range(SLOTS))
        bodies.put(connection, [bodies.Body(made[index][0], x, y, 0, 0, empty) for index, (x, y) in placed])
        return made

    try:
        return await db.write(write)
    finally:
        await db.close()
