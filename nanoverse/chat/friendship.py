"""Friends: asking, saying yes, and parting; the rules."""

from __future__ import annotations

import sqlite3

from nanoverse.chat.errors import ChatError
from nanoverse.store import accounts, friends, shuns
from nanoverse.store.friends import ASKED, ASKS, FRIEND

MOST_FRIENDS = 200
MOST_ASKED = 30  # requests of one player that nobody has answered


def befriend(connection: sqlite3.Connection, player: int, peer: int, wanted: bool, now: int) -> None:
    """Ask somebody or say yes to them; not `wanted`: take back the asking, say no, or part."""
    if player == peer:
        raise ChatError("This needs another player than yourself.")
    if accounts.by_id(connection, peer) is None:
        raise ChatError("There is no such player.")
    if not wanted:
        friends.part(connection, player, peer)
        return
    if shuns.blocks(connection, player, peer):
        raise ChatError("You have blocked this player; unblock them to be friends.")
    if shuns.blocks(connection, peer, player):
        raise ChatError("This player cannot be asked.")
    known = {friend.id: friend.state for friend in friends.of(connection, player)}
    states = list(known.values())
    if known.get(peer) in (ASKED, FRIEND):
        return
    if states.count(FRIEND) >= MOST_FRIENDS:
        raise ChatError(f"You can have {MOST_FRIENDS} friends at most.")
    if known.get(peer) != ASKS and states.count(ASKED) >= MOST_ASKED:
        raise ChatError(f"You have asked {MOST_ASKED} players already; wait until one of them answers.")
    friends.wish(connection, player, peer, now)
