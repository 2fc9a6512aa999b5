"""Whom somebody means who types a name."""

from __future__ import annotations

import sqlite3

from nanoverse.chat import names
from nanoverse.store import accounts
from nanoverse.store.accounts import Player
from nanoverse.web.security import Refusal


class Nobody(Refusal):
    """There is no such player."""

    status = 404


def named(connection: sqlite3.Connection, name: object) -> Player:
    """The player of this name, or of one that looks like it, for there is only one of those; raises `Nobody`."""
    player = accounts.by_skeleton(connection, names.skeleton(name)) if isinstance(name, str) else None
    if player is None:
        raise Nobody(f"There is no player called {str(name)[:40]!r}.")
    return player
