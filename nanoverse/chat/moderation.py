"""Mute, block and report: the rules."""

from __future__ import annotations

import sqlite3

from nanoverse.chat.errors import ChatError
from nanoverse.store import accounts, finds, friends, messages, reports, shuns
from nanoverse.store.shuns import Shun

MOST_SHUNNED = 500
MOST_OPEN_REPORTS = 20  # of one player
HEARD, MUTED, BLOCKED = 0, 1, 2  # how much of somebody a player wants to hear


def shun(connection: sqlite3.Connection, player: int, peer: int, level: int, now: int) -> list[Shun]:
    """Mute, block or hear somebody again; returns all whom the player has muted or blocked."""
    _check_other(connection, player, peer)
    if level == HEARD:
        shuns.remove(connection, player, peer)
    else:
        shuns.put(connection, player, peer, level == BLOCKED, now)
    if level == BLOCKED:
        friends.part(connection, player, peer)
    shunned = shuns.of(connection, player)
    if len(shunned) > MOST_SHUNNED:
        raise ChatError(f"You can mute and block {MOST_SHUNNED} players at most.")
    return shunned


def check_may_write(connection: sqlite3.Connection, sender: int, recipient: int) -> None:
    """Who is blocked learns that the message did not arrive, and not why."""
    if shuns.blocks(connection, sender, recipient):
        raise ChatError("You have blocked this player; unblock them to write to them.")
    if shuns.blocks(connection, recipient, sender):
        raise ChatError("This message cannot be delivered.")


def report(
    connection: sqlite3.Connection, player: int, peer: int, message: int, reason: str, now: int
) -> None:
    """Tell the admin of a message that the player has seen, or (0) of somebody in general."""
    _check_other(connection, player, peer)
    said = messages.visible(connection, player, message) if message else None
    if message and (said is None or said.sender != peer):
        raise ChatError("There is no such message.")
    text, by_agent = (said.text, said.by_agent) if said else ("", False)
    _check_open(connection, player, peer, message or None, text)
    reports.add(connection, player, peer, message or None, text, by_agent, reason, now)


def report_scroll(connection: sqlite3.Connection, player: int, scroll: int, reason: str, now: int) -> None:
    """Tell the admin of a scroll that the player has found."""
    found = finds.scroll(connection, player, scroll)
    if found is None:
        raise ChatError("You have found no such scroll.")
    _check_open(connection, player, found.author, None, found.text)
    reports.add(connection, player, found.author, None, found.text, False, reason, now)


def _check_open(
    connection: sqlite3.Connection, player: int, peer: int, message: int | None, text: str
) -> None:
    if reports.is_open(connection, player, peer, message, text):
        raise ChatError("You have reported this already; the admin will look at it.")
    if reports.count_open(connection, player) >= MOST_OPEN_REPORTS:
        raise ChatError("Your other reports come first; the admin will look at them.")


def _check_other(connection: sqlite3.Connection, player: int, peer: int) -> None:
    if player == peer:
        raise ChatError("This needs another player than yourself.")
    if accounts.by_id(connection, peer) is None:
        raise ChatError("There is no such player.")
